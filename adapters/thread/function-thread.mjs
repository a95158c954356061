/** Entry of a thread that runs one function: Node 20 does not hand a process's TypeScript loader on to its threads. */
import { register } from 'tsx/esm/api';

register();
await import('./function-thread.ts');
