/** Deliberate breaks of the files in deploy/. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const kubernetes = 'test/deploy/kubernetes.test.ts'
const compose = 'test/deploy/compose.test.ts'
const deployment = 'deploy/kubernetes/deployment.yaml'

export const mutants: readonly Mutant[] = [
  ...breaks(
    deployment,
    kubernetes,
    ['Kubernetes: a member that no kind has', 'livenessProbe:', 'livenesProbe:'],
    ['Kubernetes: a value of the wrong type', 'replicas: 2', 'replicas: two'],
    [
      'Kubernetes: the port of the probes is not there',
      '- name: http\n              containerPort: 3000',
      '- name: web\n              containerPort: 3000',
    ],
    ['Kubernetes: the server may write its image', 'readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false'],
  ),
  ...breaks('deploy/kubernetes/disruption-budget.yaml', kubernetes, [
    'Kubernetes: the budget is for other pods',
    'app.kubernetes.io/name: countersign',
    'app: countersign',
  ]),
  ...breaks(
    'deploy/kubernetes/settings.yaml',
    kubernetes,
    ['Kubernetes: a setting that the server does not have', 'SPA_ORIGINS:', 'SPA_ORIGIN:'],
    ['Kubernetes: a value that the server refuses', '"9464"', 'metrics'],
  ),
  ...breaks('deploy/kubernetes/migrate.yaml', kubernetes, [
    'Kubernetes: the migration runs as the app role',
    'name: countersign-owner\n',
    'name: countersign\n',
  ]),
  ...breaks('deploy/kubernetes/kustomization.yaml', kubernetes, [
    'Kubernetes: a manifest is not applied',
    '  - disruption-budget.yaml\n',
    '',
  ]),
  ...breaks(
    'deploy/compose.yaml',
    compose,
    [
      'compose: a member that no service has',
      'read_only: true\n    tmpfs: [/tmp]\n    cap_drop: [ALL]\n    security_opt: ["no-new-privileges:true"]\n\n  # It',
      'readonly: true\n\n  # It',
    ],
    ['compose: a setting that the server does not have', '      TRUSTED_PROXIES:', '      TRUSTED_PROXY:'],
    ['compose: the network is not that of the proxies', 'subnet: 172.30.90.0/24', 'subnet: 172.30.91.0/24'],
    ['compose: the proxy looks at another port', 'UPSTREAMS: countersign:3000', 'UPSTREAMS: countersign:8080'],
    ['compose: the mails are public', '127.0.0.1:8025:8025', '8025:8025'],
    ['compose: an image without a version', 'caddy:2.10-alpine', 'caddy:latest'],
  ),
]
