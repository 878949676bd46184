const FIRST_OCTET = 10;

/** So many different origins on one port: every address of 127/8 is this machine. From 127.10.0.0 upwards. */
export function endpointUrls(count: number, port: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const address = [127, FIRST_OCTET + (n >> 16), (n >> 8) & 255, n & 255].join('.');
    return `http://${address}:${String(port)}/hook`;
  });
}
