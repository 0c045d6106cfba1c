import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { type TcpProxy, tcpProxy } from './tcp-proxy.ts';
import { waitFor } from './wait-for.ts';

interface Echo extends AsyncDisposable {
  readonly proxy: TcpProxy;
  /** What the server got, all connections together. */
  readonly got: () => string;
  readonly dial: () => Promise<Caller>;
}

interface Caller {
  readonly socket: Socket;
  readonly got: () => string;
  readonly error: () => NodeJS.ErrnoException | undefined;
}

/** A proxy before a server that answers everything with itself. */
async function echo(): Promise<Echo> {
  const sockets = new Set<Socket>();
  let got = '';
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      got += chunk;
      socket.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await tcpProxy({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  return {
    proxy,
    got: () => got,
    dial: async () => {
      const socket = connect(proxy.port, proxy.host);
      let received = '';
      let error: NodeJS.ErrnoException | undefined;
      socket.on('data', (chunk) => {
        received += chunk;
      });
      socket.on('error', (cause) => {
        error = cause;
      });
      await once(socket, 'connect');
      sockets.add(socket);
      return { socket, got: () => received, error: () => error };
    },
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

describe('tcpProxy', () => {
  it('passes everything on, both ways, and counts it', async () => {
    await using one = await echo();
    const caller = await one.dial();
    const text = 'x'.repeat(300_000);
    caller.socket.write(text);
    await waitFor('the echo', () => caller.got().length === text.length);
    assert.deepEqual(one.proxy.passed, { up: 300_000, down: 300_000 });
    caller.socket.end();
    await waitFor('the end', () => one.proxy.open === 0);
  });

  for (const how of ['end', 'reset'] as const) {
    it(`cuts after exactly so many bytes up: ${how}`, async () => {
      await using one = await echo();
      const caller = await one.dial();
      one.proxy.cutAfter('up', 5, how);
      caller.socket.write('abcdefghij');
      await waitFor('the cut', () => caller.socket.destroyed || caller.socket.readableEnded);
      await waitFor('the bytes', () => one.got().length > 0);
      assert.equal(one.got(), 'abcde');
      assert.equal(caller.error()?.code, how === 'reset' ? 'ECONNRESET' : undefined);
      const next = await one.dial();
      next.socket.write('again');
      await waitFor('the next connection', () => next.got() === 'again');
    });
  }

  it('resets what is just ending, and has it closed', async () => {
    await using one = await echo();
    const caller = await one.dial();
    caller.socket.write('abc');
    await waitFor('the echo', () => caller.got() === 'abc');
    one.proxy.cutAll('end');
    // The shutdown is asked for by now, and not done.
    queueMicrotask(() => one.proxy.cutAll('reset'));
    await waitFor('both sides to be closed', () => one.proxy.open === 0 && caller.socket.destroyed);
  });

  it('cuts after exactly so many bytes down, in the middle of an answer', async () => {
    await using one = await echo();
    const caller = await one.dial();
    one.proxy.cutAfter('down', 3, 'end');
    caller.socket.write('abcdefghij');
    await waitFor('the end', () => caller.socket.readableEnded);
    assert.equal(caller.got(), 'abc');
    assert.equal(one.got(), 'abcdefghij');
  });

  it('passes nothing on through a black hole, one way, without a word', async () => {
    await using one = await echo();
    const caller = await one.dial();
    one.proxy.blackhole('down');
    caller.socket.write('question');
    await waitFor('the question to arrive', () => one.got() === 'question');
    one.proxy.blackhole('up');
    caller.socket.write('another');
    const other = await one.dial();
    other.socket.write('third');
    await waitFor('all of it to be swallowed', () => one.proxy.swallowed.up === 'anotherthird'.length);
    await waitFor('the answer to be swallowed', () => one.proxy.swallowed.down === 'question'.length);
    assert.equal(one.got(), 'question');
    assert.equal(caller.got(), '');
    assert.equal(caller.socket.destroyed, false);
    one.proxy.heal();
    await waitFor('what was maimed to be reset', () => caller.socket.destroyed && other.socket.destroyed);
    const next = await one.dial();
    next.socket.write('healed');
    await waitFor('the next connection', () => next.got() === 'healed');
  });

  it('strands what is open, for good, and serves what comes', async () => {
    await using one = await echo();
    const stranded = await one.dial();
    one.proxy.strand();
    stranded.socket.write('lost');
    await waitFor('it to be swallowed', () => one.proxy.swallowed.up === 4);
    const next = await one.dial();
    next.socket.write('served');
    await waitFor('the next connection', () => next.got() === 'served');
    one.proxy.heal();
    stranded.socket.write('still lost');
    await waitFor('more to be swallowed', () => one.proxy.swallowed.up === 14);
    assert.deepEqual([one.got(), stranded.got(), stranded.socket.destroyed], ['served', '', false]);
  });

  it('passes on byte by byte', async () => {
    await using one = await echo();
    one.proxy.slice(1);
    const caller = await one.dial();
    caller.socket.write('abcdefghij');
    await waitFor('the echo', () => caller.got() === 'abcdefghij');
  });

  it('cuts all, refuses, and follows a server that moved', async () => {
    await using one = await echo();
    await using two = await echo();
    const caller = await one.dial();
    one.proxy.cutAll();
    await waitFor('the cut', () => caller.socket.destroyed);
    one.proxy.refuse();
    const refused = connect(one.proxy.port, one.proxy.host).on('error', () => undefined);
    await waitFor('the refusal', () => refused.destroyed);
    one.proxy.heal();
    one.proxy.target = two.proxy;
    const moved = await one.dial();
    moved.socket.write('moved');
    await waitFor('the other server', () => two.got() === 'moved');
  });
});
