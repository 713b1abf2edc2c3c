import type { Check } from '../check.ts';
import { spellingCheck } from '../doctor/spelling-check.ts';
import { settingNames } from '../setting-names.ts';

/** In the folder that the command runs in, as dotenv reads it. */
const ENV_FILE = '.env';

/** Looks for misspelled settings in the file that this command read. */
export function settingsSpelling(): Check {
  return spellingCheck(ENV_FILE, settingNames());
}
