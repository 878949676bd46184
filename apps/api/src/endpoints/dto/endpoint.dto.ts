import { ApiProperty } from '@nestjs/swagger';
import { encodeId } from '#core';
import { formatRfc3339 } from '#http-kit';
import type { EndpointEntity } from '#persistence';
import { HIDDEN } from '../../rules/custom-headers.js';
import { PUBLIC_KEY_FIELD } from './endpoint-secret.dto.js';
import { RateLimitDto } from './rate-limit.dto.js';
import { RetryPolicyDto } from './retry-policy.dto.js';

export class EndpointDto {
  @ApiProperty({ description: 'Our id', example: 'ep_01kavs0g3he0k8b5xhgm3nq4t2' })
  id!: string;

  @ApiProperty({
    description: "The tenant's own name for it, unique in the subscriber",
    type: String,
    nullable: true,
    example: 'orders',
  })
  uid!: string | null;

  @ApiProperty({ description: 'Whose it is', example: 'sub_01kavs0g3he0k8b5xhgm3nq4t2' })
  subscriberId!: string;

  @ApiProperty({ description: 'Where deliveries are posted', format: 'uri', example: 'https://acme.example/hooks' })
  url!: string;

  @ApiProperty({ description: 'For people', type: String, nullable: true, example: 'Order system' })
  description!: string | null;

  @ApiProperty({
    description: 'Which types it gets; null for all',
    type: [String],
    nullable: true,
    example: ['order.*'],
  })
  eventTypes!: string[] | null;

  @ApiProperty({ description: '`full` sends the data, `thin` a reference', enum: ['full', 'thin'], example: 'full' })
  payload!: 'full' | 'thin';

  @ApiProperty({
    description: '`fifo` sends one at a time, in the order of publishing',
    enum: ['none', 'fifo'],
    example: 'none',
  })
  ordering!: 'none' | 'fifo';

  @ApiProperty({
    description: 'Signature scheme of Standard Webhooks: HMAC or Ed25519',
    enum: ['v1', 'v1a'],
    example: 'v1',
  })
  signature!: 'v1' | 'v1a';

  @ApiProperty({ description: 'Most requests in flight at once', type: 'integer', example: 10 })
  concurrency!: number;

  @ApiProperty({
    description: 'Most requests a second; null for no limit',
    type: RateLimitDto,
    nullable: true,
    example: { perSecond: 50 },
  })
  rateLimit!: RateLimitDto | null;

  @ApiProperty({ description: 'Longest an attempt may take, milliseconds', type: 'integer', example: 15000 })
  timeoutMs!: number;

  @ApiProperty({
    description: 'When failed deliveries are tried again',
    type: RetryPolicyDto,
    example: { initialDelaySeconds: 5, factor: 3, maxDelaySeconds: 43200, giveUpAfterSeconds: 259200 },
  })
  retryPolicy!: RetryPolicyDto;

  @ApiProperty({
    description: 'Headers sent along; their values always read `***`',
    type: Object,
    additionalProperties: { type: 'string' },
    example: { authorization: HIDDEN },
  })
  headers!: Record<string, string>;

  @ApiProperty({ description: "The tenant's own members", type: Object, example: { team: 'orders' } })
  metadata!: Record<string, unknown>;

  @ApiProperty({
    description: 'Active sends; paused collects; disabled collects for 72 h',
    enum: ['active', 'paused', 'disabled'],
    example: 'active',
  })
  state!: 'active' | 'paused' | 'disabled';

  @ApiProperty({
    description: 'Why it is not active',
    type: String,
    enum: ['paused_by_subscriber', 'paused_by_tenant', 'paused_by_operator', 'gone', 'failing'],
    nullable: true,
    example: null,
  })
  stateReason!: string | null;

  @ApiProperty({
    description: 'Since when it is in this state (RFC 3339, UTC)',
    format: 'date-time',
    example: '2026-11-23T18:53:00.123Z',
  })
  stateSince!: string;

  @ApiProperty({
    description: 'When it was created (RFC 3339, UTC)',
    format: 'date-time',
    example: '2026-11-23T18:53:00.123Z',
  })
  createdAt!: string;

  @ApiProperty({
    description: 'When it was last changed (RFC 3339, UTC)',
    format: 'date-time',
    example: '2026-11-23T18:53:00.123Z',
  })
  updatedAt!: string;
}

export class CreatedEndpointDto extends EndpointDto {
  @ApiProperty({
    required: false,
    description:
      'The signing secret, shown this once; afterwards only `GET …/secret` has it. Of a `v1a` endpoint there is `publicKey` instead',
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  })
  secret?: string;

  @ApiProperty(PUBLIC_KEY_FIELD)
  publicKey?: string;
}

export function toEndpoint(row: EndpointEntity): EndpointDto {
  return {
    id: encodeId('endpoint', row.id),
    uid: row.uid,
    subscriberId: encodeId('subscriber', row.subscriberId),
    url: row.url,
    description: row.description,
    eventTypes: row.eventTypes,
    payload: row.payload,
    ordering: row.ordering,
    signature: row.signature,
    concurrency: row.concurrency,
    rateLimit: row.ratePerSecond === null ? null : { perSecond: row.ratePerSecond },
    timeoutMs: row.timeoutMs,
    retryPolicy: {
      initialDelaySeconds: row.retryInitialDelaySeconds,
      factor: row.retryFactor,
      maxDelaySeconds: row.retryMaxDelaySeconds,
      giveUpAfterSeconds: row.giveUpAfterSeconds,
    },
    headers: Object.fromEntries(row.headerNames.map((name) => [name, HIDDEN])),
    metadata: row.metadata,
    state: row.state,
    stateReason: row.stateReason,
    stateSince: formatRfc3339(row.stateSince),
    createdAt: formatRfc3339(row.createdAt),
    updatedAt: formatRfc3339(row.updatedAt),
  };
}
