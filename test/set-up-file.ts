import { afterEach } from 'vitest';
import { afterThisTest } from './after-every-test.ts';

afterEach(afterThisTest);
