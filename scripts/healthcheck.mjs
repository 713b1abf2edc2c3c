// Exit status 0 when the bot on this machine is healthy: for a container's health check, which has no curl.
const { HOST = '', PORT = '' } = process.env;
const host = ['', '0.0.0.0', '::'].includes(HOST) ? '127.0.0.1' : HOST.includes(':') ? `[${HOST}]` : HOST;
const url = `http://${host}:${PORT || 3000}/healthz`;
try {
  const reply = await fetch(url, { signal: AbortSignal.timeout(4000) });
  console.log(`${reply.status} ${(await reply.text()).trim()}`);
  process.exitCode = reply.ok ? 0 : 1;
} catch (error) {
  console.log(`${url} does not answer: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
