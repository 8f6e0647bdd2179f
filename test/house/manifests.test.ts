import { readFileSync, readdirSync } from 'node:fs';
import { CORE_SCHEMA, load, loadAll, mergeTag } from 'js-yaml';

// Without a cluster or Docker at hand: what the files in deploy/ and docker-compose.yml say of each other, and of Muster, is true.

const read = (file: string) => readFileSync(file, 'utf8');
const folder = 'deploy/kubernetes/';
const kustomization = load(read('deploy/kustomization.yaml')) as any;
const objects: any[] = kustomization.resources.flatMap((file: string) => loadAll(read(`deploy/${file}`)));
const of = (kind: string, name?: string) =>
  objects.filter((one) => one.kind === kind && (!name || one.metadata.name === name));
const settings = Object.fromEntries(
  [...read(`${folder}settings.env`).matchAll(/^([A-Z]\w*)=(.*)$/gm)].map(([, key, value]) => [key, value]),
);
const compose = load(read('docker-compose.yml'), { schema: CORE_SCHEMA.withTags(mergeTag) }) as any;
const doorFile = read('deploy/haproxy.cfg');

const deployments = of('Deployment');
const podOf = (name: string) => of('Deployment', name)[0].spec.template;
const containersOf = ({ spec: { containers, initContainers = [] } }: any): any[] => [...initContainers, ...containers];
const fits = (selector: any, labels: any) => Object.entries(selector).every(([key, value]) => labels[key] === value);

test('every manifest is applied, and every object has its kind', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  expect(kustomization.resources.map((file: string) => `deploy/${file}`).sort()).toEqual(files.map((file) => folder + file).sort()); // oxfmt-ignore
  expect(objects.map(({ apiVersion, kind, metadata }) => `${apiVersion} ${kind} ${metadata.name}`).sort()).toEqual([
    'apps/v1 Deployment api',
    'apps/v1 Deployment door',
    'apps/v1 Deployment worker',
    'autoscaling/v2 HorizontalPodAutoscaler api',
    'networking.k8s.io/v1 Ingress muster',
    'networking.k8s.io/v1 NetworkPolicy nodes',
    'policy/v1 PodDisruptionBudget api',
    'policy/v1 PodDisruptionBudget worker',
    'v1 Namespace muster',
    'v1 Service api',
    'v1 Service door',
  ]);
  expect(of('Namespace')[0].metadata.name).toBe(kustomization.namespace);
});

test('whatever chooses pods chooses those that there are', () => {
  const labels = deployments.map(({ spec }) => spec.template.metadata.labels);
  for (const { spec } of deployments) expect(fits(spec.selector.matchLabels, spec.template.metadata.labels)).toBe(true);
  const selectors = [
    ...of('Service').map(({ spec }) => spec.selector),
    ...of('PodDisruptionBudget').map(({ spec }) => spec.selector.matchLabels),
    of('NetworkPolicy')[0].spec.ingress[0].from[0].podSelector.matchLabels,
  ];
  for (const selector of selectors) expect(labels.filter((one) => fits(selector, one))).toHaveLength(1);
  const { scaleTargetRef, maxReplicas } = of('HorizontalPodAutoscaler')[0].spec;
  expect(of(scaleTargetRef.kind, scaleTargetRef.name)).toHaveLength(1);
  expect(doorFile).toContain(`server-template api- ${maxReplicas} `);
  const [{ backend }] = of('Ingress')[0].spec.rules[0].http.paths;
  expect(of('Service', backend.service.name)[0].spec.ports[0].name).toBe(backend.service.port.name);
});

test.each(['api', 'worker'])(
  '%s: asked at the port and paths that it has, and given the time that it takes to leave',
  (name) => {
    const { spec } = podOf(name);
    const [container] = spec.containers;
    expect(container.ports).toEqual([{ name: 'http', containerPort: Number(settings.PORT) }]);
    const probe = (kind: string) => container[`${kind}Probe`].httpGet;
    for (const kind of ['startup', 'liveness']) expect(probe(kind)).toEqual({ path: '/health/live', port: 'http' });
    expect(probe('readiness')).toEqual({ path: '/health/ready', port: 'http' });
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(Number(settings.DRAIN_SECONDS) + 10);
    expect(container.env).toEqual([{ name: 'ROLES', value: name }]);
    expect(container.envFrom).toEqual([{ configMapRef: { name: 'muster' } }, { secretRef: { name: 'muster' } }]);
    expect(container.volumeMounts.map((one: any) => one.mountPath)).toContain(settings.MUSTER_HOME);
    const [migrating] = spec.initContainers;
    expect([migrating.command, migrating.image]).toEqual([['node', 'dist/src/migrate.js'], container.image]);
  },
);

test('a rollout takes nobody away before another is there', () => {
  const { strategy, minReadySeconds } = of('Deployment', 'api')[0].spec;
  expect(strategy).toEqual({ rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } });
  expect(minReadySeconds).toBeGreaterThan(0);
  // which the door sees in time: so often is it asked, and so often it must fail
  const [, seconds, times] = /inter (\d+)s .*fall (\d+)/.exec(doorFile)!;
  expect(Number(settings.DRAIN_SECONDS)).toBeGreaterThan(Number(seconds) * Number(times));
  expect(doorFile).toContain('option httpchk GET /health/ready');
});

test('all containers are bounded, and may do no more than they need', () => {
  for (const { spec } of deployments) {
    expect(spec.template.spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    for (const container of containersOf(spec.template))
      expect(container).toMatchObject({
        resources: {
          requests: { cpu: expect.any(String) as string, memory: expect.any(String) as string },
          limits: { memory: expect.any(String) as string },
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      });
  }
});

test('a WebSocket is left open for longer than it is quiet', () => {
  const { annotations } = of('Ingress')[0].metadata;
  for (const way of ['read', 'send'])
    expect(Number(annotations[`nginx.ingress.kubernetes.io/proxy-${way}-timeout`])).toBeGreaterThan(2 * 25);
});

test('in the composition each service is bounded, looks after itself and waits for what is there', () => {
  const services = Object.entries<any>(compose.services);
  expect(services.map(([name]) => name).sort()).toEqual(['api', 'migrate', 'postgres', 'proxy', 'redis', 's3', 'worker']); // oxfmt-ignore
  for (const [name, service] of services) {
    expect({ name, ...service.deploy?.resources?.limits }).toEqual({ name, cpus: expect.any(String), memory: expect.any(String) }); // oxfmt-ignore
    expect(Object.keys(service.depends_on ?? {}).filter((other) => !(other in compose.services))).toEqual([]);
    const named = (service.volumes ?? []).map((one: string) => one.split(':')[0]).filter((one: string) => !one.startsWith('.')); // oxfmt-ignore
    expect(named.filter((volume: string) => !(volume in compose.volumes))).toEqual([]);
    expect(service.networks.filter((network: string) => !(network in compose.networks))).toEqual([]);
  }
  const { DRAIN_SECONDS } = compose['x-environment'];
  expect(parseInt(compose.services.api.stop_grace_period, 10)).toBeGreaterThan(DRAIN_SECONDS + 10);
  // only the door is reachable, and only from this machine
  expect(services.filter(([, { ports }]) => ports).map(([name, { ports }]) => [name, ports])).toEqual([['proxy', ['127.0.0.1:8000:8080']]]); // oxfmt-ignore
  expect(compose.services.redis.command.join(' ')).toContain('--maxmemory-policy noeviction');
});
