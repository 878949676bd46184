import { TargetRules } from './target-rules.js';
import type { TargetPolicy, TargetSettings, TargetVerdict } from './target-rules.js';

const CLOSED: TargetSettings = { openedRanges: [], openedPorts: [], own: [] };
const LAX: TargetPolicy = { httpsOnly: false, allowedPorts: [] };

function judge(url: string, policy: Partial<TargetPolicy> = {}, settings: Partial<TargetSettings> = {}): TargetVerdict {
  const { protocol, hostname, port } = new URL(url);
  const standard = protocol === 'https:' ? 443 : 80;
  const place = { protocol, hostname, port: port === '' ? standard : Number(port) };
  return new TargetRules({ ...CLOSED, ...settings }).judge(place, { ...LAX, ...policy });
}

const codeOf = (verdict: TargetVerdict): string => (verdict.kind === 'refused' ? verdict.code : verdict.kind);

describe('a target', () => {
  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://2130706433/',
    'http://0/',
    'http://127.0.0.1./',
    'http://127.0.0.1../',
    'http://127.1../',
    'http://１２７.0.0.1/',
    'http://127。0。0。1/',
    'http://①②⑦.0.0.1/',
    'http://[::1]/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[2002:7f00:1::]/',
    'http://[fd00:ec2::254]/',
    'http://169.254.169.254/latest/meta-data/',
    'http://100.100.100.200/',
    'http://192.0.0.192/',
    'http://168.63.129.16/',
  ])('is refused at %s, however it is spelled', (url) => {
    expect(codeOf(judge(url))).toBe('address_forbidden');
  });

  it('passes at a public address, which comes back in its one spelling', () => {
    expect(judge('https://0x5db8d822/')).toEqual({ kind: 'address', address: '93.184.216.34' });
    expect(judge('https://[2606:4700:0:0::1111]/')).toEqual({ kind: 'address', address: '2606:4700::1111' });
  });

  it.each([
    ['localhost', true],
    ['localhost.', true],
    ['localhost..', true],
    ['metadata.google.internal..', true],
    ['a.localhost', true],
    ['printer.local', true],
    ['api.internal', true],
    ['metadata.google.internal', true],
    ['METADATA.Google.Internal.', true],
    ['intranet', true],
    ['db.corp', true],
    ['router.home.arpa', true],
    ['nas.lan', true],
    ['box.localdomain', true],
    ['example.com', false],
    ['localhost.example.com', false],
    ['internal.example', false],
    ['notlocal', true],
    ['my.notlocal', false],
  ])('named %s is a name of a private network: %s', (host, internal) => {
    expect(judge(`https://${host}/`)).toMatchObject({ kind: 'name', internal });
  });

  it('may have port 443, 80 with http, and what is opened for all or for its tenant', () => {
    const openedPorts = [{ first: 9000, last: 9001 }];
    const policy = { allowedPorts: [8443] };
    const code = (url: string, httpsOnly = false): string =>
      codeOf(judge(url, { ...policy, httpsOnly }, { openedPorts }));
    expect(
      [
        'https://a.example',
        'http://a.example',
        'https://a.example:8443',
        'http://a.example:9000',
        'http://a.example:9001',
      ].map((url) => code(url)),
    ).toEqual(['name', 'name', 'name', 'name', 'name']);
    expect(
      ['https://a.example:22', 'http://a.example:8999', 'http://a.example:9002', 'https://8.8.8.8:6379'].map((url) =>
        code(url),
      ),
    ).toEqual(['port_forbidden', 'port_forbidden', 'port_forbidden', 'port_forbidden']);
    expect(code('https://a.example:80', true)).toBe('port_forbidden');
  });

  it('must be https where the tenant allows nothing else', () => {
    expect(codeOf(judge('http://a.example', { httpsOnly: true }))).toBe('url_forbidden');
    expect(codeOf(judge('https://a.example', { httpsOnly: true }))).toBe('name');
  });
});

describe('the answers to a name', () => {
  const rules = new TargetRules({ ...CLOSED, openedRanges: ['127.0.0.0/8'] });
  const name = (internal: boolean) => ({ kind: 'name' as const, name: 'a.example', internal });

  it.each([
    [['93.184.216.34'], null],
    [['93.184.216.34', '2606:4700::1111'], null],
    [['10.0.0.1'], 'address_forbidden'],
    [['93.184.216.34', '10.0.0.1'], 'address_forbidden'],
    [['93.184.216.34', '::1'], 'address_forbidden'],
    [['93.184.216.34', 'nonsense'], 'address_forbidden'],
    [['93.184.216.34', '127.0.0.1'], null],
  ])('%j: %s', (addresses, code) => {
    expect(rules.judgeAnswers(name(false), addresses, 443)?.code ?? null).toBe(code);
  });

  it('to a name of a private network must all lie in opened ranges', () => {
    expect(rules.judgeAnswers(name(true), ['127.0.0.1', '127.0.0.2'], 443)).toBeNull();
    expect(rules.judgeAnswers(name(true), ['127.0.0.1', '93.184.216.34'], 443)?.code).toBe('address_forbidden');
  });

  it('that do not come leave a public name for later, and refuse one of a private network', () => {
    expect(rules.judgeUnresolved(name(false))).toBeNull();
    expect(rules.judgeUnresolved(name(true))?.code).toBe('address_forbidden');
  });

  it('are not named in the refusal: they may be of a network that its reader cannot see', () => {
    expect(rules.judgeAnswers(name(false), ['10.11.12.13'], 443)?.detail).not.toContain('10.11');
  });
});

describe("the platform's own servers", () => {
  const own = [
    { host: 'db.example.com', port: 5432 },
    { host: '198.41.0.4', port: 6379 },
    { host: 'API.example.com.', port: 443 },
    { host: 'localhost', port: 4000 },
    { host: '0.0.0.0', port: 4001 },
  ];
  const openedRanges = ['127.0.0.0/8', '::1/128', '10.0.0.0/8'];
  const settings = { own, openedRanges, openedPorts: [{ first: 1, last: 65535 }] };

  it.each([
    'https://db.example.com/',
    'http://db.example.com:5432/',
    'https://api.example.com./',
    'https://api.example.com../',
    'http://198.41.0.4.../',
    'http://198.41.0.4:6379/',
    'http://[::ffff:198.41.0.4]/',
    'http://localhost:4000/',
    'http://a.localhost:4000/',
    'http://127.9.9.9:4000/',
    'http://[::1]:4001/',
  ])('are no target: %s, opened ranges or not', (url) => {
    expect(codeOf(judge(url, {}, settings))).toBe('address_forbidden');
  });

  it('leave the rest of this machine open where that was opened', () => {
    expect(codeOf(judge('http://localhost:4002/', {}, settings))).toBe('name');
    expect(codeOf(judge('http://127.0.0.1:3000/', {}, settings))).toBe('address');
  });

  it('are no target under another name either, once their addresses are known', () => {
    const rules = new TargetRules(settings);
    const name = { kind: 'name' as const, name: 'other.example', internal: false };
    expect(rules.judgeAnswers(name, ['10.0.0.5'], 443)).toBeNull();
    rules.learnOwn(['10.0.0.5', '127.0.0.1']);
    expect(rules.judgeAnswers(name, ['10.0.0.5'], 443)?.code).toBe('address_forbidden');
    expect(rules.judgeAnswers(name, ['127.0.0.1'], 3000)).toBeNull();
  });
});
