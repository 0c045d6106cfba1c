export { type Child, type ChildOptions, type Exit, startNode } from './child-process.ts';
export { EmulatorProcess, type EmulatorProcessOptions } from './emulator-process.ts';
export { type Fetched, fetched } from './fetched.ts';
export { freePort } from './free-port.ts';
export { type Random, seededRandom } from './random.ts';
export { type RawResponse, rawHttp } from './raw-http.ts';
export { type Cut, type Direction, type TcpProxy, tcpProxy } from './tcp-proxy.ts';
export { temporaryDirectory } from './temporary-directory.ts';
export { type WaitOptions, waitFor } from './wait-for.ts';
