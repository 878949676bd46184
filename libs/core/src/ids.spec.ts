import fc from 'fast-check';
import { fromString, toUUID } from 'typeid-js';
import { decodeId, encodeId, isIdLike, type IdKind } from './ids.js';

const PREFIX: Record<IdKind, string> = {
  tenant: 'ten',
  subscriber: 'sub',
  endpoint: 'ep',
  event: 'evt',
  delivery: 'dlv',
  key: 'key',
  replay: 'rpl',
  operator: 'opr',
  request: 'req',
};
const KINDS = Object.keys(PREFIX) as IdKind[];
const UUID = '01890a5d-ac96-774b-bcce-b302099a8057';
const SUFFIX = '01h455vb4pex5vsknk084sn02q'; // the pair of the TypeID specification

const anyUuid = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'))
  .map((hex) => [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'));

describe('ids', () => {
  it.each(KINDS)('writes and reads the id of a %s', (kind) => {
    expect(encodeId(kind, UUID)).toBe(`${PREFIX[kind]}_${SUFFIX}`);
    expect(decodeId(kind, `${PREFIX[kind]}_${SUFFIX}`)).toBe(UUID);
  });

  it('gives back any uuid', () => {
    fc.assert(
      fc.property(anyUuid, (uuid) => {
        expect(decodeId('event', encodeId('event', uuid))).toBe(uuid);
      }),
    );
  });

  it('agrees with typeid-js on every UUIDv7', () => {
    fc.assert(
      fc.property(fc.uuid({ version: 7 }), (uuid) => {
        expect(toUUID(fromString(encodeId('event', uuid)))).toBe(uuid);
      }),
    );
  });

  it('covers the whole range', () => {
    expect(encodeId('event', '00000000-0000-0000-0000-000000000000')).toBe(`evt_${'0'.repeat(26)}`);
    expect(encodeId('event', 'ffffffff-ffff-ffff-ffff-ffffffffffff')).toBe(`evt_7${'z'.repeat(25)}`);
    expect(decodeId('event', `evt_7${'z'.repeat(25)}`)).toBe('ffffffff-ffff-ffff-ffff-ffffffffffff');
  });

  it('writes the same id for a uuid in upper case', () => {
    expect(encodeId('event', UUID.toUpperCase())).toBe(`evt_${SUFFIX}`);
  });

  it.each([
    ['of another kind', `dlv_${SUFFIX}`],
    ['without a prefix', SUFFIX],
    ['with an empty prefix', `_${SUFFIX}`],
    ['with a longer prefix', `evts_${SUFFIX}`],
    ['in upper case', `evt_${SUFFIX.toUpperCase()}`],
    ['with an upper-case prefix', `EVT_${SUFFIX}`],
    ['too short', `evt_${SUFFIX.slice(1)}`],
    ['too long', `evt_${SUFFIX}0`],
    ['above 128 bits', `evt_8${SUFFIX.slice(1)}`],
    ['with an i', `evt_${SUFFIX.slice(0, -1)}i`],
    ['with an l', `evt_${SUFFIX.slice(0, -1)}l`],
    ['with an o', `evt_${SUFFIX.slice(0, -1)}o`],
    ['with a u', `evt_${SUFFIX.slice(0, -1)}u`],
    ['with a line break', `evt_${SUFFIX}\n`],
    ['with NUL', `evt_${SUFFIX.slice(0, -1)}\0`],
    ['with a letter beyond ASCII', `evt_${SUFFIX.slice(0, -1)}é`],
    ['which is the bare uuid', UUID],
    ['which is empty', ''],
  ])('refuses an id %s', (_case, text) => {
    expect(decodeId('event', text)).toBeNull();
  });

  it.each([
    '',
    'x',
    UUID.slice(1),
    `${UUID}0`,
    UUID.replaceAll('-', ''),
    UUID.replace('-', '0'),
    UUID.replace('0', 'g'),
  ])('does not write an id for %j, which is no uuid', (text) => {
    expect(() => encodeId('event', text)).toThrow('not a uuid');
  });

  it('tells what could be taken for an id from what could not', () => {
    for (const prefix of Object.values(PREFIX)) expect(isIdLike(`${prefix}_`)).toBe(true);
    for (const text of ['acme', 'evt', 'event_1', 'EVT_1', 'my_evt_1', '_evt', '']) expect(isIdLike(text)).toBe(false);
  });
});
