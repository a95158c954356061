/** Entry of a session's thread: Node 20 does not hand a process's TypeScript loader on to its threads. */
import { register } from 'tsx/esm/api';

register();
await import('./session-thread.ts');
