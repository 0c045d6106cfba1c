// Opens the store at the URL given and closes it, as a process of its own.
import { openPostgresStore } from '../store.ts';

const store = await openPostgresStore({ url: process.argv[2] ?? '' });
await store.ping();
await store[Symbol.asyncDispose]();
