/**
 * Loaded into each node that the cluster script starts, in front of the node's own code. It ends the node when the
 * script is gone, however the script ended: the channel between the two closes, even when the script was killed. So no
 * node outlives its terminal, and the product needs no flag for it. It never keeps a node alive that wants to end.
 */

/** A node that has not stopped by itself by then is ended. */
const STOP_WAIT_MS = 5_000

process.once('disconnect', () => {
  process.kill(process.pid, 'SIGTERM')
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), STOP_WAIT_MS).unref()
})
process.channel?.unref()
