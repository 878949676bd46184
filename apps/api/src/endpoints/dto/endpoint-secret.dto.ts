import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { Follows } from '#http-kit';
import { signingSecret } from '../../rules/signing-secret.js';

const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;
export const USUAL_OVERLAP_SECONDS = DAY_SECONDS;

export class PreviousSecretDto {
  @ApiProperty({
    description: 'Until when it still signs (RFC 3339, UTC)',
    format: 'date-time',
    example: '2026-11-24T18:53:00.123Z',
  })
  expiresAt!: string;
}

export const PUBLIC_KEY_FIELD = {
  required: false,
  description: 'Of a `v1a` endpoint: what receivers verify with',
  example: 'whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=',
};

export class EndpointSecretDto {
  @ApiProperty({
    required: false,
    description: 'The current signing secret; of a `v1a` endpoint there is `publicKey` instead',
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  })
  secret?: string;

  @ApiProperty(PUBLIC_KEY_FIELD)
  publicKey?: string;

  @ApiProperty({
    description: 'When it became current (RFC 3339, UTC)',
    format: 'date-time',
    example: '2026-11-23T18:53:00.123Z',
  })
  createdAt!: string;

  @ApiProperty({
    description: 'Earlier secrets that deliveries are signed with too',
    type: [PreviousSecretDto],
    example: [{ expiresAt: '2026-11-24T18:53:00.123Z' }],
  })
  previous!: PreviousSecretDto[];
}

export class RotateSecretDto {
  @ApiProperty({
    required: false,
    nullable: true,
    description: 'Seconds for which deliveries carry signatures of both secrets; 0 ends the old one at once',
    type: 'integer',
    minimum: 0,
    maximum: WEEK_SECONDS,
    default: DAY_SECONDS,
    example: 86400,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(WEEK_SECONDS)
  overlapSeconds?: number | null;

  @ApiProperty({
    required: false,
    nullable: true,
    type: String,
    description: 'The new secret, in the form of the endpoint’s scheme (see its creation); made here when absent',
    example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  })
  @IsOptional()
  @Follows(signingSecret)
  secret?: string | null;
}
