import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A certificate with its key, as `tls.createServer` wants them. */
export interface Certificate {
  cert: string;
  key: string;
  readonly authority: { name: Buffer; key: KeyObject };
}

export interface CertificateRequest {
  /** Host names and IPv4 addresses; none: an authority. */
  hosts: readonly string[];
  /** Who signs; nobody: itself. */
  issuer?: Certificate;
  notBefore?: Date;
  notAfter?: Date;
}

const YEAR_MS = 365 * 24 * 60 * 60 * 1000;
const ECDSA_WITH_SHA256 = '06082a8648ce3d040302';
const COMMON_NAME = '0603550403';
const BASIC_CONSTRAINTS = '0603551d13';
const SUBJECT_ALT_NAME = '0603551d11';

let serial = 1;

/** Node reads X.509 but does not write it, so this writes the little of RFC 5280 that the tests need, in DER. */
export function issueCertificate({ hosts, issuer, notBefore, notAfter }: CertificateRequest): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  serial += 1;
  const subject = name(hosts[0] ?? `Test authority ${String(serial)}`);
  const signer = issuer?.authority ?? { name: subject, key: privateKey };
  const algorithm = sequence(hex(ECDSA_WITH_SHA256));
  const content = sequence(
    der(0xa0, integer(2)), // version 3
    integer(serial),
    algorithm,
    signer.name,
    sequence(time(notBefore ?? new Date(Date.now() - YEAR_MS)), time(notAfter ?? new Date(Date.now() + YEAR_MS))),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions(hosts))),
  );
  const signature = sign('sha256', content, signer.key);
  const certificate = sequence(content, algorithm, der(0x03, Buffer.of(0), signature));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    authority: { name: subject, key: privateKey },
  };
}

function extensions(hosts: readonly string[]): Buffer[] {
  const isAuthority = hosts.length === 0;
  const constraints = isAuthority ? sequence(der(0x01, Buffer.of(0xff))) : sequence();
  const all = [sequence(hex(BASIC_CONSTRAINTS), der(0x04, constraints))];
  const names = hosts.map((host) =>
    isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host)),
  );
  if (!isAuthority) all.push(sequence(hex(SUBJECT_ALT_NAME), der(0x04, sequence(...names))));
  return all;
}

function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(hex(COMMON_NAME), der(0x0c, Buffer.from(commonName)))));
}

function time(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`)); // GeneralizedTime
}

function integer(value: number): Buffer {
  return der(0x02, value < 0x80 ? Buffer.of(value) : Buffer.of((value >> 8) & 0x7f, value & 0xff));
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const header = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}
