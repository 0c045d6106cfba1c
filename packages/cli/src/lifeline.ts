/**
 * Loaded into every part before its own entry point: when whoever started the part is gone, however that came, the part
 * is told to end as by SIGTERM. So a `kill -9` of `sluice start` leaves nobody behind.
 */
if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  // Listening must not keep a part running that has come to its end.
  process.channel.unref();
}
