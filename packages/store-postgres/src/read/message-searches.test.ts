import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SearchEnd, searchEnded, searchesFor } from './message-searches.ts';

/** The ways that a search takes whose ends are told, as long as they are open. */
function ways(part: string, ends: readonly SearchEnd[]): string[] {
  const taken: string[] = [];
  for (const [index, search] of searchesFor('email', part).entries()) {
    const end = ends[index];
    if (!end) break;
    taken.push('newest' in search ? `${search.by} ${search.newest}` : search.by);
    searchEnded('email', part, search, end);
    if (end !== 'open') break;
  }
  return taken;
}

test('a part of which nothing is known is looked for in the newest rows, and then by the index', () => {
  assert.deepEqual(ways('unknown', ['open', 'found by the index']), ['both 300', 'both 20000']);
});

test('what came to no end at first goes on at once the next time', () => {
  ways('between', ['open', 'found by the index']);
  assert.deepEqual(ways('between', ['found by the index']), ['both 20000']);
  assert.deepEqual(ways('between', ['page filled by the newest']), ['both 20000']);
});

test('the way that led to an end goes first, and is forgotten where it does no longer', () => {
  for (const [part, end, way] of [
    ['many', 'page filled by the newest', 'newest 300'],
    ['few', 'found by the index', 'index'],
  ] as const) {
    ways(part, [end]);
    assert.deepEqual(ways(part, [end]), [way]);
    assert.deepEqual(ways(part, ['open', 'nothing more']), [way, 'both 300']);
    assert.deepEqual(ways(part, ['nothing more']), ['both 300']);
  }
});

test('a page that is not full tells nothing of the next time', () => {
  ways('some', ['nothing more']);
  assert.deepEqual(ways('some', ['nothing more']), ['both 300']);
});

test('what is known is of a kind of filter', () => {
  ways('shared', ['found by the index']);
  assert.equal(searchesFor('email,component', 'shared')[0]?.by, 'both');
});
