import { readFile } from 'node:fs/promises';
import { parse } from 'dotenv';
import type { Check } from '../check.ts';

/** So many letters of ten may be wrong. */
const WRONG = 0.2;

/**
 * Names in the file of settings that are none but look like one: a misspelled setting has no effect, and nothing else
 * would tell. Other names are let be: the file may serve other programs too.
 *
 * @param file `.env`; where it is missing or cannot be read there is nothing to tell
 */
export function spellingCheck(file: string, settings: ReadonlySet<string>): Check {
  return {
    name: 'Spelling',
    fast: true,
    run: async () => {
      const text = await readFile(file, 'utf8').catch(() => '');
      return Object.keys(parse(text)).flatMap((name) => {
        const meant = settings.has(name) ? undefined : nearestName(name, settings);
        if (meant === undefined) return [];
        return [{ level: 'warning', message: `${name} in ${file} is no setting`, mend: `Did you mean ${meant}?` }];
      });
    },
  };
}

function nearestName(name: string, settings: ReadonlySet<string>): string | undefined {
  const wrong = name.toUpperCase();
  const most = Math.max(1, Math.floor(wrong.length * WRONG));
  const distances = [...settings].map((setting) => ({ setting, distance: editDistance(wrong, setting) }));
  const near = distances.filter(({ distance }) => distance <= most).sort((a, b) => a.distance - b.distance)[0];
  return near?.setting ?? [...settings].find((setting) => saysMore(wrong, setting) || saysMore(setting, wrong));
}

/** `DISCORD_BOT_TOKEN` has both words of `DISCORD_TOKEN`. */
function saysMore(longer: string, shorter: string): boolean {
  const words = shorter.split('_');
  const others = new Set(longer.split('_'));
  return words.length > 1 && words.every((word) => others.has(word));
}

/** Letters to insert, drop, replace or swap with their neighbour: optimal string alignment. */
function editDistance(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + (same ? 0 : 1),
        row > 1 && column > 1 && swapped ? (before[column - 2] as number) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, last] = [last, current];
  }
  return last[to.length] as number;
}
