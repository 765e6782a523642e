/** Deliberate breaks of the files in deploy/, and of how a node stops behind them. `npm run test:mutants -- test/faults/deploy` */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const nginx = 'test/faults/deploy/nginx.test.ts'
const caddy = 'test/faults/deploy/caddy.test.ts'
const systemd = 'test/faults/deploy/systemd.test.ts'
const monitoring = 'test/faults/deploy/monitoring.test.ts'
const rolling = 'test/faults/deploy/rolling-restart.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'deploy/nginx.conf',
    nginx,
    ['a POST is sent twice', 'proxy_next_upstream error timeout;', 'proxy_next_upstream error timeout non_idempotent;'],
    ['a GET is not sent to the other node', 'proxy_next_upstream_tries 2;', 'proxy_next_upstream_tries 1;'],
    ['a client chooses its address', 'X-Forwarded-For $remote_addr', 'X-Forwarded-For $http_x_forwarded_for'],
    ['a client chooses the id', 'proxy_set_header X-Request-Id $request_id;', ''],
    ['HTTP/2 is off', '  listen 443 ssl http2;', '  listen 443 ssl; # listen 443 ssl http2;'],
    ['the metrics are public', 'location = /metrics', 'location = /no-metrics'],
  ),
  ...breaks('deploy/nginx.conf', rolling, [
    'a failure leaves out a node',
    'server 127.0.0.1:3002 max_fails=0;',
    'server 127.0.0.1:3002 down;',
  ]),
  ...breaks(
    'deploy/prometheus/rules.yaml',
    monitoring,
    [
      'a rule reads a metric that is not there',
      'abs(countersign_clock_skew_seconds)',
      'abs(countersign_clock_seconds)',
    ],
    [
      'stale revocations are no alert',
      'countersign_revocations_age_seconds > 10',
      'countersign_revocations_age_seconds > 100',
    ],
    ['two lost writes are no alert', 'outcome="ahead"}[10m])) > 0', 'outcome="ahead"}[10m])) > 3'],
  ),
  ...breaks('deploy/grafana/dashboard.json', monitoring, [
    'a panel has a wrong expression',
    'max(countersign_mails_dead)',
    'max(countersign_mails_dead',
  ]),
  ...breaks(
    'deploy/Caddyfile',
    caddy,
    ['Caddy: an option that does not exist', 'health_uri', 'healthy_uri'],
    ['Caddy: a client chooses the id', 'header_up X-Request-Id {http.request.uuid}', ''],
    ['Caddy: the metrics are public', 'respond /metrics 404', ''],
  ),
  ...breaks(
    'deploy/countersign@.service',
    systemd,
    ['systemd: a setting that does not exist', 'ProtectHome=', 'ProtectHomes='],
    ['systemd: system calls are not limited', 'SystemCallFilter=@system-service', ''],
    ['systemd: a node is killed before it has stopped', 'TimeoutStopSec=15', 'TimeoutStopSec=5'],
    ['systemd: the start waits for a node that has ended', 'kill -0 $$MAINPID || exit 1;', ''],
  ),
]
