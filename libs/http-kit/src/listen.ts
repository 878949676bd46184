import type { NestFastifyApplication } from '@nestjs/platform-fastify';

export interface ListenOptions {
  host: string;
  port: number;
  /** The variable that chooses the port, for the sentence when it is taken. */
  portVariable: string;
}

/** Starts to listen and answers with the URL. Throws one clear sentence when the port cannot be had. */
export async function listen(
  app: NestFastifyApplication,
  { host, port, portVariable }: ListenOptions,
): Promise<string> {
  try {
    await app.listen(port, host);
    return await app.getUrl();
  } catch (cause) {
    const sentence = explain((cause as NodeJS.ErrnoException).code, { host, port, portVariable });
    throw sentence === null ? cause : new Error(sentence, { cause });
  }
}

function explain(code: string | undefined, { host, port, portVariable }: ListenOptions): string | null {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is taken: stop what listens there, or set ${portVariable} to another port.`;
    case 'EACCES':
      return `Port ${port} may not be opened by this user: set ${portVariable} to a port above 1023.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `This machine has no address ${host}: set HOST to one it has, e.g. 127.0.0.1.`;
    default:
      return null;
  }
}
