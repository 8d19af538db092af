// A git server over HTTP, as people run them: node's http server in front of `git http-backend`. Serves the
// bare repositories of a directory; prints its address once it listens. A file `fault` in that directory says
// what becomes of the next push, and is used up by it:
//   cut-before   the connection ends before the server has seen anything
//   cut-midway   it ends while the server reads
//   cut-after    the server has done it all, and nobody is told
//   silent       nobody answers, and the connection stays open
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const root = process.argv[2] ?? '.';

const takeFault = () => {
  const path = join(root, 'fault');
  try {
    const fault = readFileSync(path, 'utf8').trim();
    rmSync(path);
    return fault;
  } catch {
    return undefined;
  }
};

const environmentOf = (request, url) => ({
  PATH: process.env.PATH,
  HOME: root,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_PROJECT_ROOT: root,
  GIT_HTTP_EXPORT_ALL: '1',
  REQUEST_METHOD: request.method,
  PATH_INFO: decodeURIComponent(url.pathname),
  QUERY_STRING: url.search.slice(1),
  CONTENT_TYPE: request.headers['content-type'] ?? '',
  HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
  GIT_PROTOCOL: request.headers['git-protocol'] ?? '',
  REMOTE_ADDR: '127.0.0.1',
  REMOTE_USER: 'tester',
});

/** A CGI program's answer: header lines, an empty one, the body. */
const answer = (response, output) => {
  const end = output.indexOf('\r\n\r\n');
  const headers = output.toString('latin1', 0, end).split('\r\n');
  for (const line of headers) {
    const [, name = '', value = ''] = /^([^:]+): *(.*)$/.exec(line) ?? [];
    if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
    else if (name !== '') response.setHeader(name, value);
  }
  response.end(output.subarray(end + 4));
};

const serve = (request, response, fault) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['http-backend'], { env: environmentOf(request, url) });
  const parts = [];
  child.stdout.on('data', (part) => parts.push(part));
  child.stderr.resume();
  child.stdin.on('error', () => {
    // It has ended before it has read all.
  });
  child.on('close', () => {
    if (fault === undefined) answer(response, Buffer.concat(parts));
    else request.socket.destroy();
  });
  if (fault === 'cut-midway') {
    request.once('data', (part) => {
      child.stdin.end(part.subarray(0, part.length >> 1));
      request.socket.destroy();
    });
  } else request.pipe(child.stdin);
};

const server = createServer((request, response) => {
  const isPush = request.method === 'POST' && request.url?.endsWith('/git-receive-pack');
  const fault = isPush ? takeFault() : undefined;
  if (fault === 'cut-before') request.socket.destroy();
  else if (fault !== 'silent') serve(request, response, fault);
});
server.listen(Number(process.argv[3] ?? 0), '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});
