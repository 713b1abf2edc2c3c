/** How far some long work is. `total` is undefined while it is not known. */
export type Progress = {
  /** What is being done, two or three words: "embedding comments". */
  readonly what: string;
  /** The source that it is done with; not told to everybody, as a private one must not be. */
  readonly source?: string | undefined;
  readonly done: number;
  readonly total: number | undefined;
  /** What is counted: "comments", "MB". */
  readonly unit: string;
};

export type OnProgress = (progress: Progress) => void;

export interface ProgressReporter {
  readonly report: OnProgress;
  /** Ends the bar's line; what was last shown stays. */
  close(): void;
}

type Terminal = {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
};

/**
 * Shows progress with rate and time left: a bar that redraws itself in a terminal, elsewhere a line now and then.
 */
export function createProgressReporter(
  out: Terminal = process.stderr,
  {
    now = Date.now,
    lineEveryMs = 10_000,
    drawEveryMs = 100,
  }: { now?: () => number; lineEveryMs?: number; drawEveryMs?: number } = {},
): ProgressReporter {
  let shown: string | undefined;
  let startedAt = 0;
  let startedWith = 0;
  let shownAt = Number.NEGATIVE_INFINITY;
  let open = false;
  let finished = false;

  const endLine = () => {
    if (open) out.write('\n');
    open = false;
  };
  return {
    report(progress) {
      const time = now();
      if (titleOf(progress) !== shown) {
        endLine();
        shown = titleOf(progress);
        startedAt = time;
        startedWith = progress.done;
        shownAt = Number.NEGATIVE_INFINITY;
        finished = false;
      }
      const wasFinished = finished;
      finished = progress.total !== undefined && progress.done >= progress.total;
      if (wasFinished && finished) return;
      if (!finished && time - shownAt < (out.isTTY ? drawEveryMs : lineEveryMs)) return;
      shownAt = time;
      const text = describeProgress(
        progress,
        (progress.done - startedWith) / Math.max(0.001, (time - startedAt) / 1000),
      );
      if (!out.isTTY) out.write(`${text}\n`);
      else {
        const line = `${bar(progress)}${text}`.slice(0, Math.max(20, (out.columns ?? 80) - 1));
        out.write(`\r\u001B[2K${line}`);
        open = true;
        if (finished) endLine();
      }
    },
    close: endLine,
  };
}

/** `indexing: 1,200 of 2,098 comments (57 %), 14/s, 64 s left`; of bytes the rate has their unit: `3.5 MB/s`. */
export function describeProgress(progress: Progress, perSecond: number): string {
  const { done, total, unit } = progress;
  const count =
    total === undefined
      ? `${format(done)} ${unit}`
      : `${format(done)} of ${format(total)} ${unit} (${percent(done, total)} %)`;
  const rate =
    perSecond > 0 && Number.isFinite(perSecond) ? `, ${format(perSecond)}${/B$/.test(unit) ? ` ${unit}` : ''}/s` : '';
  const left =
    total !== undefined && total > done && perSecond > 0 ? `, ${duration((total - done) / perSecond)} left` : '';
  return `${titleOf(progress)}: ${count}${rate}${left}`;
}

function titleOf({ what, source }: Progress): string {
  return source === undefined ? what : `${what} ${source}`;
}

/** Whole percent, never 100 before the end. */
export function percent(done: number, total: number): number {
  if (total <= 0) return 100;
  return done >= total ? 100 : Math.min(99, Math.floor((100 * done) / total));
}

/** `45 s`, `3 min`, `2 h 5 min` */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function format(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 1 : 0 });
}

function bar({ done, total }: Progress): string {
  if (total === undefined) return '';
  const filled = Math.round((20 * percent(done, total)) / 100);
  return `[${'#'.repeat(filled)}${'.'.repeat(20 - filled)}] `;
}
