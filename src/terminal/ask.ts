import { readConfig } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { readQuestion } from '../help/read-question.ts';
import { createLogger } from '../log.ts';
import { withSampleLinks } from '../reply-text.ts';
import { answerJson } from '../retrieval/answer-json.ts';
import { openReader } from './open-reader.ts';
import { pageUrl } from './page-url.ts';
import { readArguments } from './read-arguments.ts';
import { renderAnswer } from './reply.ts';

const USAGE = 'npm run ask -- "How can I load a dataset offline?" [--top N] [--json]';

/** `npm run ask -- "QUESTION" [--top N] [--json]` */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, USAGE, {
    allowPositionals: true,
    options: { top: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
  });
  const top = Number(values.top);
  if (!Number.isInteger(top) || top < 1 || top > 100) {
    throw new OperatorError(
      `--top is ${JSON.stringify(values.top)}: expected a whole number from 1 to 100. Usage: ${USAGE}`,
    );
  }
  const question = readQuestion(positionals.join(' '));
  const config = readConfig();
  const log = createLogger({
    ...config.log,
    level: config.log.level === 'info' ? 'warn' : config.log.level,
    secrets: config.secrets,
  });
  const reader = await openReader(config, log);
  try {
    const answer = withSampleLinks(
      await reader.retriever.ask(question, { sees: 'all', limit: top }),
      pageUrl(config.web),
    );
    const text = values.json
      ? JSON.stringify(answerJson(answer), undefined, 2)
      : renderAnswer(answer, process.stdout.columns);
    process.stdout.write(`${text}\n`);
    return 0;
  } finally {
    await reader.close();
  }
}
