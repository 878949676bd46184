import { ApiProperty } from '@nestjs/swagger';
import { IsDefined, IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';

const TEN_YEARS_SECONDS = 10 * 365 * 86_400;

class NewKeyDto {
  @ApiProperty({ description: 'Name for people, 1 to 256 characters', minLength: 1, maxLength: 256, example: 'ci' })
  @IsDefined()
  @IsString()
  @MinLength(1)
  @MaxLength(256)
  name!: string;

  @ApiProperty({
    required: false,
    nullable: true,
    description: 'Seconds until it ends; null = never',
    type: 'integer',
    minimum: 1,
    maximum: TEN_YEARS_SECONDS,
    default: null,
    example: 86400,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(TEN_YEARS_SECONDS)
  expiresInSeconds?: number | null;
}

/** POST /v1/keys */
export class CreateKeyDto extends NewKeyDto {
  @ApiProperty({
    description: 'What it may do; tokens of subscribers are made under the subscriber',
    enum: ['tenant', 'publisher'],
    example: 'publisher',
  })
  @IsDefined()
  @IsIn(['tenant', 'publisher'])
  role!: 'tenant' | 'publisher';
}

/** POST /v1/subscribers/{s}/tokens */
export class CreateTokenDto extends NewKeyDto {
  @ApiProperty({
    description: '`read`: the GETs but secrets; `manage`: changes too',
    enum: ['manage', 'read'],
    example: 'read',
  })
  @IsDefined()
  @IsIn(['manage', 'read'])
  scope!: 'manage' | 'read';
}
