import type { ModelRequest, Opener } from '../embedding/open-model.ts';
import type { Logger } from '../log.ts';
import { type OnProgress, type Progress, percent } from '../progress.ts';
import { isTemporary, type Persistence } from './retrying.ts';

/** Opens models for a running bot, which answers in some way while one is not there. */
export interface ModelsAtHand<Opened> {
  /** The model, by default the configured one, if it is on this machine whole; nothing is fetched and no failure is an end. */
  openQuietly(request?: ModelRequest): Promise<Opened | undefined>;
  /**
   * The configured model, fetched where it must be, however long that takes.
   *
   * @param explain told why it is not there yet, whenever that changes
   * @returns undefined when the bot stops before
   */
  fetched(explain: (reason: string) => void): Promise<Opened | undefined>;
}

export type ModelsAtHandOptions<Opened> = Pick<Persistence, 'retrying' | 'report'> & {
  /** The configured one. */
  readonly model: ModelRequest;
  readonly openModel: Opener<Opened>;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onProgress?: OnProgress | undefined;
};

export function createModelsAtHand<Opened>(options: ModelsAtHandOptions<Opened>): ModelsAtHand<Opened> {
  const { model, openModel, log, signal, retrying, report } = options;
  return {
    async openQuietly(request = model) {
      try {
        return await openModel(request, { fetch: false, signal });
      } catch (error) {
        // The next try, which may fetch it, says why the configured one cannot be had.
        if (request === model) log.debug('the model cannot be used as it is on this machine', { error });
        else report(`the model ${request.model} cannot be used`, error);
        return undefined;
      }
    },
    fetched(explain) {
      const onProgress = (progress: Progress) => {
        const { done, total } = progress;
        const share = total === undefined ? '' : `, ${percent(done, total)} %`;
        explain(`the model is being fetched${share}`);
        options.onProgress?.(progress);
      };
      explain('the model is being fetched');
      return retrying('the model could not be had', () => openModel(model, { fetch: true, signal, onProgress }), {
        onFailure: () => explain('the model could not be had yet; the log says why'),
        // It may have been fetched by hand.
        look: () => openModel(model, { fetch: false, signal }).catch(() => undefined),
        mayPass: isTemporary,
      });
    },
  };
}

/** Both models by name, and by what tells them apart where that is the same. */
export function differing(one: ModelRequest, other: ModelRequest): readonly string[] {
  const told = ({ model, precision, revision }: ModelRequest) => {
    if (one.model !== other.model) return model;
    return one.precision === other.precision ? `${model} at ${revision.slice(0, 12)}` : `${model} in ${precision}`;
  };
  return [told(one), told(other)];
}
