import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { waitFor } from '@sluice/testing';
import { LogFile } from './log-file.ts';

/** A log on a disk that can be full. */
function logOnDisk() {
  const disk = { isFull: false, text: '', opened: 0, nowMs: 0 };
  const faults: string[] = [];
  const streams: Writable[] = [];
  const log = new LogFile({
    open: () => {
      disk.opened++;
      const stream = new Writable({
        write(chunk, _encoding, done) {
          if (disk.isFull) return void setImmediate(() => done(new Error('no space left')));
          disk.text += chunk;
          setImmediate(done);
        },
      });
      streams.push(stream);
      return stream;
    },
    onFault: (error) => faults.push(error.message),
    now: () => disk.nowMs,
  });
  const broken = () => waitFor('the fault', () => streams.at(-1)?.errored && streams.at(-1)?.closed);
  return { log, disk, faults, broken };
}

test('after a full disk the log goes on, and tells how many lines are missing', async () => {
  const { log, disk, faults, broken } = logOnDisk();
  await log.write('before');
  await waitFor('the first line', () => disk.text === 'before\n');
  disk.isFull = true;
  await log.write('lost with the stream');
  await broken();
  disk.isFull = false;
  disk.nowMs += 1_000;
  for (let line = 0; line < 100; line++) await log.write('lost in the pause');
  assert.equal(disk.opened, 1, 'it is not opened for each line');
  disk.nowMs += 60_000;
  await log.write('after');
  await log.close();
  const [first, cut, note, last] = disk.text.split('\n');
  assert.deepEqual([first, cut, last], ['before', '', 'after']);
  assert.deepEqual(
    [JSON.parse(note ?? '').level, JSON.parse(note ?? '').msg],
    ['warn', '101 lines could not be written here'],
  );
  assert.deepEqual(faults, ['no space left']);
});

test('while the disk stays full it is tried once in a pause and said once, and no line is forgotten', async () => {
  const { log, disk, faults, broken } = logOnDisk();
  disk.isFull = true;
  for (let attempt = 1; attempt <= 3; attempt++) {
    await log.write('lost');
    await broken();
    assert.equal(disk.opened, attempt);
    await log.write('lost, too');
    disk.nowMs += 60_000;
  }
  assert.deepEqual(faults, ['no space left']);
  disk.isFull = false;
  await log.write('after');
  await waitFor('the note', () => /"6 lines could not.*\nafter\n$/s.test(disk.text));
  disk.isFull = true;
  await log.write('lost again');
  await broken();
  assert.equal(faults.length, 2, 'a second outage is said');
  await log.close();
});
