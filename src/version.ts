/** Of `package.json`, which is not beside the compiled code: what outcomes are counted by. */
export const VERSION = '0.1.0';
