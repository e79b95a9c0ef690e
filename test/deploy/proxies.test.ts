import { describe, expect, test } from 'vitest'
import { bodyLimits } from '../../src/base/web/forms.ts'
import { lacking, linesOf, numberIn, textOf } from './recipe.ts'

// What docs/operate.en.md demands of the proxy in front, held against the three recipes.

const kiB = 1024
const server = textOf('src/house/server.ts')

describe.each([
  {
    file: 'proxies/nginx.conf',
    demanded: [
      'proxy_pass http://accord;', // with a path behind the name, nginx would write the request's anew
      'proxy_set_header Host $http_host;',
      'proxy_set_header X-Forwarded-Proto https;',
      'proxy_set_header X-Forwarded-For $remote_addr;',
      'proxy_set_header X-Forwarded-Host "";',
      'proxy_set_header Forwarded "";',
      'proxy_set_header Connection "";',
      'merge_slashes off;',
      'ssl_protocols TLSv1.2 TLSv1.3;',
      'ssl_reject_handshake on;',
      'access_log /var/log/nginx/access.log withoutQuery;',
      'proxy_max_temp_file_size 0;',
      'proxy_read_timeout 20s;',
      'map $uri $place {',
      '~^(/[^/]*) $1;',
    ],
    forbidden:
      /"\$uri"|\$args|\$query_string|\$proxy_add_x_forwarded_for|non_idempotent|set_real_ip_from/,
    bodyKiB: /^\s*client_max_body_size (\d+)k;$/,
    headerKiB: /^\s*large_client_header_buffers 4 (\d+)k;$/,
    idleSeconds: /^\s*keepalive_timeout (\d+)s;$/,
  },
  {
    file: 'proxies/Caddyfile',
    demanded: [
      'header_up X-Forwarded-Proto https',
      'header_up -X-Forwarded-Host',
      'header_up -Forwarded',
      'health_uri /readyz',
      'health_timeout 1s',
      'admin off',
      'response_header_timeout 20s',
    ],
    forbidden: /^\s*(?:log|trusted_proxies|rewrite|uri|header_up Host|lb_retries)\b/m,
    bodyKiB: /^\s*max_size (\d+)KiB$/,
    headerKiB: /^\s*max_header_size (\d+)KiB$/,
    idleSeconds: /^\s*(?:idle|keepalive) (\d+)s$/,
  },
  {
    file: 'proxies/haproxy.cfg',
    demanded: [
      'http-request set-header X-Forwarded-Proto https',
      'http-request set-header X-Forwarded-For %[src]',
      'http-request del-header X-Forwarded-Host',
      'http-request del-header Forwarded',
      'http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host accord.exemple.test hdr X-Forwarded-Proto https',
      'timeout check 1s',
      'retry-on conn-failure',
      'timeout server 20s',
      'option srvtcpka',
      'server one 127.0.0.1:3001 tcp-ut 5s',
      'server two 127.0.0.1:3002 tcp-ut 5s',
      'log-format "%ci %b/%s %HM /%[var(txn.place)] %ST %Ta %ts"',
      'http-request set-var(txn.place) path,field(2,/)',
    ],
    forbidden: /option httplog|%HU|%HP|%r\b|option forwardfor|accept-proxy|set-path|set-uri/,
    // A buffer of HAProxy is for the headers and the first part of the body.
    bodyKiB: undefined,
    headerKiB: undefined,
    idleSeconds: /^\s*(?:timeout http-keep-alive|timeout client) (\d+)s$/,
  },
])('$file', ({ file, demanded, forbidden, bodyKiB, headerKiB, idleSeconds }) => {
  const read = linesOf(file).join('\n')

  test('hands on one Host and one way, and nothing that a client wrote about them', () => {
    expect(lacking(file, demanded)).toEqual([])
    expect(read).not.toMatch(forbidden)
  })

  test('leaves to the broker what is too large, and closes an idle connection before it does', () => {
    const body =
      bodyKiB === undefined
        ? numberIn(read, /req\.body_size gt (\d+)/)
        : numberIn(read, bodyKiB) * kiB
    const header =
      headerKiB === undefined
        ? numberIn(read, /^tune\.bufsize (\d+)$/)
        : numberIn(read, headerKiB) * kiB
    expect(body).toBeGreaterThan(Math.max(...Object.values(bodyLimits)))
    expect(header).toBeGreaterThanOrEqual(numberIn(server, /maxHeaderSize: ([\d_]+)/))
    expect(numberIn(read, idleSeconds) * 1000).toBeLessThan(
      numberIn(server, /keepAliveTimeout: ([\d_]+)/),
    )
  })
})
