import type { PortableEmbedder } from '../embedding/open-model.ts';
import type { ModelsAtHand } from './models-at-hand.ts';
import type { Persistence } from './retrying.ts';
import type { UpkeepOptions } from './upkeep-options.ts';

/** Which model answers, of the configured one and the one that stands in for it, and why another one does not yet. */
export interface ModelChoice {
  /** The embedder that stands in, once there is one. */
  readonly standIn: PortableEmbedder | undefined;
  /** Why questions are answered by words. */
  readonly keywordReason: string;
  /** Why they are answered with the one that stands in. */
  readonly standInReason: string;
  /** Whether a model has to come before any answers: none is on this machine. */
  readonly awaitsModel: boolean;
  /** An index is being made with the model that shall answer. */
  noteMaking(): void;
  /** The model of the index that is there stands in, if it is the one that does. */
  noteOlder(older: PortableEmbedder): void;
  /**
   * Has the configured model index and answer, fetched where it must be; until it is there, the one that stands in.
   *
   * @param onDisk the configured one, where it is here
   * @param older the one whose index serves meanwhile
   */
  use(onDisk: PortableEmbedder | undefined, older: PortableEmbedder | undefined): Promise<void>;
}

export type ModelChoiceOptions = Pick<UpkeepOptions, 'model' | 'standIn' | 'log'> &
  Pick<Persistence, 'report'> & {
    readonly models: ModelsAtHand<PortableEmbedder>;
    readonly indexWith: (embedder: PortableEmbedder) => Promise<void>;
  };

export function createModelChoice({ models, indexWith, log, report, ...options }: ModelChoiceOptions): ModelChoice {
  let standIn: PortableEmbedder | undefined;
  let standInReason = 'the model is being made ready';
  let keywordReason = standInReason;
  /** Whether a model will answer that is on this machine; false once there is none. */
  let modelAtHand = true;
  let standInAtHand = true;

  /** Not where the index of another model serves: that one knows the corpus already. */
  async function useStandIn(older: PortableEmbedder | undefined): Promise<void> {
    const { standIn: request, model } = options;
    if (request && request.model !== model.model && (!older || older === standIn)) {
      standIn ??= await models.openQuietly(request);
    }
    standInAtHand = standIn !== undefined;
    if (!standIn) return;
    log.info(`the model ${standIn.identity.model} answers until ${model.model} is there`);
    await indexWith(standIn).catch((error: unknown) => report('the index could not be made', error));
  }

  async function fetchedModel(): Promise<PortableEmbedder | undefined> {
    modelAtHand = false;
    return models.fetched((reason) => {
      keywordReason = reason;
      standInReason = reason;
    });
  }

  return {
    get standIn() {
      return standIn;
    },
    get keywordReason() {
      return keywordReason;
    },
    get standInReason() {
      return standInReason;
    },
    get awaitsModel() {
      return !modelAtHand && !standInAtHand;
    },
    noteMaking() {
      keywordReason = 'the index by meaning is being made';
    },
    noteOlder(older) {
      if (older.identity.model === options.standIn?.model) standIn = older;
    },
    async use(onDisk, older) {
      const standingIn = onDisk ? undefined : useStandIn(older);
      const embedder = onDisk ?? (await fetchedModel());
      modelAtHand = true;
      await standingIn;
      standInReason = 'the index of the configured model is being made';
      if (embedder) await indexWith(embedder);
    },
  };
}
