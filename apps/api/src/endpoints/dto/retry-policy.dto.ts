import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsNumber, IsOptional, Max, Min } from 'class-validator';
import { DEFAULT_RETRY_POLICY } from '#core';

/** How an endpoint's deliveries are retried: initialDelay × factorⁿ, at most maxDelay, until giveUpAfter has passed since publishing. */
export class RetryPolicyDto {
  @ApiProperty({
    description: 'Seconds before the first retry',
    minimum: 0.1,
    maximum: 86400,
    default: DEFAULT_RETRY_POLICY.initialDelaySeconds,
    example: 5,
  })
  initialDelaySeconds!: number;

  @ApiProperty({
    description: 'Each further delay is this many times the one before',
    minimum: 1,
    maximum: 100,
    default: DEFAULT_RETRY_POLICY.factor,
    example: 3,
  })
  factor!: number;

  @ApiProperty({
    description: 'Longest delay, seconds',
    minimum: 0.1,
    maximum: 604800,
    default: DEFAULT_RETRY_POLICY.maxDelaySeconds,
    example: 43200,
  })
  maxDelaySeconds!: number;

  @ApiProperty({
    description: 'Seconds after publishing when a delivery gives up; its last attempt is at that time',
    type: 'integer',
    minimum: 60,
    maximum: 604800,
    default: DEFAULT_RETRY_POLICY.giveUpAfterSeconds,
    example: 259200,
  })
  giveUpAfterSeconds!: number;
}

/** The same as it is given: what is null gets its default. */
export class RetryPolicyFieldsDto {
  @ApiProperty({
    required: false,
    nullable: true,
    type: Number,
    description: 'Seconds before the first retry',
    minimum: 0.1,
    maximum: 86400,
    default: DEFAULT_RETRY_POLICY.initialDelaySeconds,
    example: 5,
  })
  @IsOptional()
  @IsNumber()
  @Min(0.1)
  @Max(86_400)
  initialDelaySeconds?: number | null;

  @ApiProperty({
    required: false,
    nullable: true,
    type: Number,
    description: 'Each further delay is this many times the one before',
    minimum: 1,
    maximum: 100,
    default: DEFAULT_RETRY_POLICY.factor,
    example: 3,
  })
  @IsOptional()
  @IsNumber()
  @Min(1)
  @Max(100)
  factor?: number | null;

  @ApiProperty({
    required: false,
    nullable: true,
    type: Number,
    description: 'Longest delay, seconds',
    minimum: 0.1,
    maximum: 604800,
    default: DEFAULT_RETRY_POLICY.maxDelaySeconds,
    example: 43200,
  })
  @IsOptional()
  @IsNumber()
  @Min(0.1)
  @Max(604_800)
  maxDelaySeconds?: number | null;

  @ApiProperty({
    required: false,
    nullable: true,
    description: 'Seconds after publishing when a delivery gives up',
    type: 'integer',
    minimum: 60,
    maximum: 604800,
    default: DEFAULT_RETRY_POLICY.giveUpAfterSeconds,
    example: 259200,
  })
  @IsOptional()
  @IsInt()
  @Min(60)
  @Max(604_800)
  giveUpAfterSeconds?: number | null;
}
