import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../scripts/lib/ports.mjs';
import { retry } from '../../scripts/lib/waiting.mjs';
import { NchanSocket } from './_nchan-socket.mjs';

const MODULE = '/usr/lib/nginx/modules/ngx_nchan_module.so';
const READY_PATIENCE_MS = 10_000;

/** Whether Debian's packages are installed: `nginx-light`, and its module `libnginx-mod-nchan`. */
export const hasNchan = () => existsSync(MODULE);

/** An nginx of one worker that keeps ten messages of a channel, in memory: `{ url, pid }`. */
export async function startNchan(stage) {
  const port = await freePort();
  const config = join(stage.folder, 'nginx.conf');
  writeFileSync(config, configOf(port, stage.folder));
  const args = ['-p', stage.folder, '-e', 'stderr', '-c', config];
  const { child } = stage.crew.start('nginx', 'nginx', args, { cwd: stage.folder, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const first = await retry(() => NchanSocket.open(url, { room: 'first' }), { patience: READY_PATIENCE_MS });
  first.close();
  return { url, pid: child.pid };
}

const configOf = (port, folder) => `
load_module ${MODULE};
worker_processes 1;
daemon off;
pid ${folder}/nginx.pid;
${process.getuid() === 0 ? 'user root;' : ''}
events { worker_connections 8000; }
http {
  access_log off;
  client_body_temp_path ${folder}/nginx-body;
  proxy_temp_path ${folder}/nginx-proxy;
  server {
    listen 127.0.0.1:${port};
    location ~ ^/sub/(.+)$ {
      nchan_subscriber websocket;
      nchan_channel_id $1;
      nchan_message_buffer_length 10;
      nchan_websocket_ping_interval 0;
    }
    location ~ ^/pub/(.+)$ {
      nchan_publisher websocket;
      nchan_channel_id $1;
      nchan_message_buffer_length 10;
      nchan_message_timeout 10s;
    }
  }
}
`;
