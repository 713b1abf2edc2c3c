/** Written for comparing providers at start: short and long, words, code and symbols, some 900 tokens together. */
export const START_UP_TEXTS: readonly string[] = [
  'How can I load a dataset offline?',
  'the command does not appear in the menu',
  'TypeError: expected str, bytes or os.PathLike object, not NoneType (line 42, in load_from_disk)',
  paragraph(1),
  paragraph(2),
  paragraph(3),
];

function paragraph(repetitions: number): string {
  const text =
    'Fetch the files once on a machine that is online, copy the folder to the other one, and name its path there. ' +
    'Nothing is asked of the network after that: the cache is looked at first. If it still fails, print the path with ' +
    '`python -c "import os; print(os.environ.get(\'HOME\'))"` and compare it with the folder that you copied; ' +
    'two accounts on one machine have two of them. In version 2.4 the order of the columns changed as well. ';
  return text.repeat(repetitions);
}
