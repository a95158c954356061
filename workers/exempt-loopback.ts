/**
 * Keeps proxies of the environment from this machine's own servers. Every process imports it first, since libraries read
 * these variables when they are loaded or when they first connect, and each in its own spelling.
 */

const LOOPBACK = ['localhost', '127.0.0.1', '::1', '[::1]'];

/** gRPC asks for the first, and then for no other; the others are read by fetch, Python and the AWS SDK. */
const NAMES = ['no_grpc_proxy', 'no_proxy', 'NO_PROXY'] as const;

/**
 * Adds loopback to the hosts that are reached without a proxy; those that are named stay, in both spellings.
 *
 * @param variables changed in place, so that child processes inherit it. @default process.env
 */
export function exemptLoopback(variables: NodeJS.ProcessEnv = process.env): void {
  const usual = [variables['no_proxy'], variables['NO_PROXY']].flatMap(hostsIn);
  for (const name of NAMES) {
    if (name === 'no_grpc_proxy' && !variables[name]) continue;
    const named = name === 'no_grpc_proxy' ? hostsIn(variables[name]) : usual;
    // A star has a meaning alone only: no host is reached by a proxy.
    variables[name] = named.includes('*') ? '*' : [...new Set([...named, ...LOOPBACK])].join(',');
  }
}

function hostsIn(list: string | undefined): string[] {
  return (list ?? '').split(',').flatMap((host) => host.trim() || []);
}

exemptLoopback();
