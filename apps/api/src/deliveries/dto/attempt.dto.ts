import { ApiProperty } from '@nestjs/swagger';
import { ATTEMPT_ERROR_CLASSES, encodeId } from '#core';
import { lastAttemptOf } from '#delivery';
import type { ListedAttempt } from '#persistence';

export class AttemptTimingsDto {
  @ApiProperty({
    description: 'Resolving the name, ms; null on a kept connection',
    type: 'integer',
    nullable: true,
    example: 2,
  })
  dnsMs!: number | null;

  @ApiProperty({
    description: 'Connecting, ms; null on a kept connection',
    type: 'integer',
    nullable: true,
    example: 18,
  })
  connectMs!: number | null;

  @ApiProperty({
    description: 'TLS handshake, ms; null on a kept connection or without TLS',
    type: 'integer',
    nullable: true,
    example: 31,
  })
  tlsMs!: number | null;

  @ApiProperty({
    description: "From the request's last byte to the answer's first, ms; null when none came",
    type: 'integer',
    nullable: true,
    example: 260,
  })
  firstByteMs!: number | null;
}

export class AttemptRequestDto {
  @ApiProperty({ description: 'Where it was posted', format: 'uri', example: 'https://acme.example/hooks' })
  url!: string;

  @ApiProperty({
    description: 'The headers that can be rebuilt; not the signature, and no custom headers',
    type: Object,
    additionalProperties: { type: 'string' },
    example: { 'webhook-id': 'evt_01kavs0g3he0k8b5xhgm3nq4t2', 'webhook-timestamp': '1795460000' },
  })
  headers!: Record<string, string>;
}

export class AttemptResponseDto {
  @ApiProperty({ description: 'HTTP status', type: 'integer', example: 503 })
  statusCode!: number;

  @ApiProperty({
    description: 'Of its headers: content-type, retry-after, location',
    type: Object,
    additionalProperties: { type: 'string' },
    example: { 'retry-after': '30' },
  })
  headers!: Record<string, string>;

  @ApiProperty({
    description:
      'Beginning of the body: at most 4 KiB, 256 bytes of a success. What it repeats of our signature, the signing secrets or the custom headers reads ***',
    example: 'busy',
  })
  body!: string;

  @ApiProperty({
    description: 'How `body` is written: base64 when it is not UTF-8',
    enum: ['utf8', 'base64'],
    example: 'utf8',
  })
  encoding!: 'utf8' | 'base64';

  @ApiProperty({ description: 'Whether the body was longer', example: false })
  truncated!: boolean;
}

/** An attempt without its request, as a delivery shows its last one. */
export class LastAttemptDto {
  @ApiProperty({ description: 'Of which delivery', example: 'dlv_01kavs0g3he0k8b5xhgm3nq4t2' })
  deliveryId!: string;

  @ApiProperty({ description: '1, 2, … within the delivery', type: 'integer', example: 3 })
  number!: number;

  @ApiProperty({
    description: 'Why it was made',
    enum: ['initial', 'retry', 'resend', 'replay', 'test'],
    example: 'retry',
  })
  trigger!: ListedAttempt['trigger'];

  @ApiProperty({ description: 'The replay it belongs to', type: String, nullable: true, example: null })
  replayId!: string | null;

  @ApiProperty({
    description: 'When it started (RFC 3339, UTC)',
    format: 'date-time',
    example: '2026-11-23T18:53:00.123Z',
  })
  startedAt!: string;

  @ApiProperty({ description: 'How long it took, ms', type: 'integer', example: 312 })
  durationMs!: number;

  @ApiProperty({
    description: 'Where the time went',
    type: AttemptTimingsDto,
    example: { dnsMs: 2, connectMs: 18, tlsMs: 31, firstByteMs: 260 },
  })
  timings!: AttemptTimingsDto;

  @ApiProperty({ description: 'Whether the endpoint accepted it', enum: ['success', 'failure'], example: 'failure' })
  outcome!: 'success' | 'failure';

  @ApiProperty({
    description: `Class of the error, null after a success: one of ${ATTEMPT_ERROR_CLASSES.join(', ')}`,
    type: String,
    nullable: true,
    example: 'http_status',
  })
  error!: string | null;

  @ApiProperty({
    description: 'Until when the endpoint asked for a pause (RFC 3339, UTC)',
    type: String,
    format: 'date-time',
    nullable: true,
    example: null,
  })
  retryAfterUntil!: string | null;

  @ApiProperty({
    description: 'What was answered; null when nothing came',
    type: AttemptResponseDto,
    nullable: true,
    example: { statusCode: 503, headers: { 'retry-after': '30' }, body: 'busy', encoding: 'utf8', truncated: false },
  })
  response!: AttemptResponseDto | null;
}

export class AttemptDto extends LastAttemptDto {
  @ApiProperty({
    description: 'What was sent, rebuilt from the event and the time of the attempt',
    type: AttemptRequestDto,
    example: {
      url: 'https://acme.example/hooks',
      headers: { 'webhook-id': 'evt_01kavs0g3he0k8b5xhgm3nq4t2', 'webhook-timestamp': '1795460000' },
    },
  })
  request!: AttemptRequestDto;
}

export function toAttempt(row: ListedAttempt, delivery: { eventId: string; replayId: string | null }): AttemptDto {
  const { response, ...head } = lastAttemptOf(row, delivery.replayId);
  return { ...head, request: rebuildRequest(row, delivery.eventId), response };
}

function rebuildRequest(row: ListedAttempt, eventId: string): AttemptRequestDto {
  const headers = {
    'content-type': 'application/json',
    'webhook-id': encodeId('event', eventId),
    'webhook-timestamp': String(Math.floor(row.startedAt.getTime() / 1000)),
    'posthorn-attempt': String(row.number),
    'posthorn-delivery': encodeId('delivery', row.deliveryId),
  };
  return { url: row.url, headers };
}
