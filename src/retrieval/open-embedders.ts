import type { PortableEmbedder } from '../embedding/open-model.ts';

/** The models that are open in a running bot: the configured one, and others while an index needs them. */
export interface OpenEmbedders {
  /** Becomes the one that is found first. No change where it is among them already. */
  add(embedder: PortableEmbedder): void;
  find(fits: (embedder: PortableEmbedder) => boolean): PortableEmbedder | undefined;
  /** Keeps it open, whatever is closed, until the function that this returns is called. */
  hold(embedder: PortableEmbedder): () => void;
  /** Closes all others, each once nobody holds it; they are not found any more. */
  keepOnly(embedder: PortableEmbedder): void;
  /** Closes all of them, held or not. */
  close(): Promise<void>;
}

export function createOpenEmbedders(): OpenEmbedders {
  let found: readonly PortableEmbedder[] = [];
  const holders = new Map<PortableEmbedder, number>();
  const leaving = new Set<PortableEmbedder>();
  const closing = new Set<Promise<void>>();

  function closeUnheld(): void {
    for (const embedder of leaving) {
      if (holders.has(embedder)) continue;
      leaving.delete(embedder);
      const closed: Promise<void> = embedder
        .close()
        .catch(() => {})
        .finally(() => closing.delete(closed));
      closing.add(closed);
    }
  }

  return {
    add(embedder) {
      if (!found.includes(embedder)) found = [embedder, ...found];
    },
    find: (fits) => found.find(fits),
    hold(embedder) {
      holders.set(embedder, (holders.get(embedder) ?? 0) + 1);
      return () => {
        const left = (holders.get(embedder) ?? 1) - 1;
        if (left > 0) holders.set(embedder, left);
        else holders.delete(embedder);
        closeUnheld();
      };
    },
    keepOnly(embedder) {
      for (const other of found) if (other !== embedder) leaving.add(other);
      found = [embedder];
      closeUnheld();
    },
    async close() {
      holders.clear();
      for (const embedder of found) leaving.add(embedder);
      found = [];
      closeUnheld();
      await Promise.all(closing);
    },
  };
}
