import { ApiProperty } from '@nestjs/swagger';
import { IsDefined, IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { Follows, IfPresent, Nested } from '#http-kit';
import { customHeaders } from '../../rules/custom-headers.js';
import { endpointUrl } from '../../rules/endpoint-url.js';
import { eventFilters } from '../../rules/event-filters.js';
import { metadata } from '../../rules/metadata.js';
import { signingSecret } from '../../rules/signing-secret.js';
import { uid } from '../../rules/uid.js';
import { RateLimitDto } from './rate-limit.dto.js';
import { RetryPolicyFieldsDto } from './retry-policy.dto.js';

/** What POST, PUT and PATCH of an endpoint have in common: everything with a default, which null stands for. */
class EndpointFieldsDto {
  @ApiProperty({
    required: false,
    nullable: true,
    type: String,
    description: 'For people, at most 1,024 characters',
    maxLength: 1024,
    default: null,
    example: 'Order system',
  })
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  description?: string | null;

  @ApiProperty({
    required: false,
    nullable: true,
    type: [String],
    description: 'Exact types, `*`, or prefixes like `order.*`; null for all. At most 100',
    default: null,
    example: ['order.*'],
  })
  @IsOptional()
  @Follows(eventFilters)
  eventTypes?: string[] | null;

  @ApiProperty({
    required: false,
    nullable: true,
    type: String,
    description: '`full` sends the data, `thin` a reference to fetch it by',
    enum: ['full', 'thin'],
    default: 'full',
    example: 'full',
  })
  @IsOptional()
  @IsIn(['full', 'thin'])
  payload?: 'full' | 'thin' | null;

  @ApiProperty({
    required: false,
    nullable: true,
    type: String,
    description: '`fifo` sends one at a time, in the order of publishing',
    enum: ['none', 'fifo'],
    default: 'none',
    example: 'none',
  })
  @IsOptional()
  @IsIn(['none', 'fifo'])
  ordering?: 'none' | 'fifo' | null;

  @ApiProperty({
    required: false,
    nullable: true,
    type: String,
    description: '`v1` signs with a shared secret, `v1a` (Ed25519) with a key of which receivers have the public half',
    enum: ['v1', 'v1a'],
    default: 'v1',
    example: 'v1',
  })
  @IsOptional()
  @IsIn(['v1', 'v1a'])
  signature?: 'v1' | 'v1a' | null;

  @ApiProperty({
    required: false,
    nullable: true,
    description: 'Most requests in flight at once, 1 to 1,000',
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 10,
    example: 10,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  concurrency?: number | null;

  @ApiProperty({
    required: false,
    nullable: true,
    type: RateLimitDto,
    description: 'Null: no limit beside concurrency',
    default: null,
    example: { perSecond: 50 },
  })
  @IsOptional()
  @Nested(() => RateLimitDto)
  rateLimit?: RateLimitDto | null;

  @ApiProperty({
    required: false,
    nullable: true,
    description: 'Longest an attempt may take, milliseconds',
    type: 'integer',
    minimum: 1000,
    maximum: 30000,
    default: 15000,
    example: 15000,
  })
  @IsOptional()
  @IsInt()
  @Min(1000)
  @Max(30_000)
  timeoutMs?: number | null;

  @ApiProperty({
    required: false,
    nullable: true,
    type: RetryPolicyFieldsDto,
    description: 'When failed deliveries are tried again',
    example: { initialDelaySeconds: 5, factor: 3 },
  })
  @IsOptional()
  @Nested(() => RetryPolicyFieldsDto)
  retryPolicy?: RetryPolicyFieldsDto | null;

  @ApiProperty({
    required: false,
    nullable: true,
    type: Object,
    additionalProperties: { type: 'string' },
    description: 'Headers sent along, at most 20 and 8 KiB. Values are never shown again; `***` keeps one as it is',
    default: {},
    example: { authorization: 'Bearer abc' },
  })
  @IsOptional()
  @Follows(customHeaders)
  headers?: Record<string, string | null> | null;

  @ApiProperty({
    required: false,
    nullable: true,
    type: Object,
    description: "The tenant's own members, at most 4 KiB as JSON",
    default: {},
    example: { team: 'orders' },
  })
  @IsOptional()
  @Follows(metadata)
  metadata?: Record<string, unknown> | null;
}

const URL_FIELD = {
  description: 'Where deliveries are posted: https (or http where the tenant allows it), no user info, no fragment',
  format: 'uri',
  maxLength: 2048,
  example: 'https://acme.example/hooks',
};
const SECRET_FIELD = {
  required: false,
  nullable: true,
  type: String,
  description:
    'Signing secret of your own, made here when absent: `whsec_` and the base64 of 24 to 64 bytes; for `v1a` `whsk_` and that of an Ed25519 seed',
  example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
};

/** PUT of an endpoint: what is absent gets its default. A secret given to an endpoint that exists is rotated in, and so is one of another scheme. */
export class PutEndpointDto extends EndpointFieldsDto {
  @ApiProperty(URL_FIELD)
  @IsDefined()
  @Follows(endpointUrl)
  url!: string;

  @ApiProperty(SECRET_FIELD)
  @IsOptional()
  @Follows(signingSecret)
  secret?: string | null;
}

/** POST of an endpoint. */
export class CreateEndpointDto extends PutEndpointDto {
  @ApiProperty({
    required: false,
    nullable: true,
    type: String,
    description: "The tenant's own name for it, unique in the subscriber: 1 to 128 of A-Z a-z 0-9 . _ -",
    default: null,
    example: 'orders',
  })
  @IsOptional()
  @Follows(uid)
  uid?: string | null;
}

/** PATCH of an endpoint: what is absent stays. With another scheme a new secret is made and rotated in. */
export class PatchEndpointDto extends EndpointFieldsDto {
  @ApiProperty({ ...URL_FIELD, required: false })
  @IfPresent()
  @IsDefined()
  @Follows(endpointUrl)
  url?: string;
}

export type EndpointFieldsBody = EndpointFieldsDto & { url?: string; secret?: string | null };
