import { ApiProperty } from '@nestjs/swagger';
import { IsDefined, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import { Follows, IfPresent } from '#http-kit';
import { metadata } from '../../rules/metadata.js';
import { uid } from '../../rules/uid.js';

const UID = {
  description: "The tenant's own name for it: 1 to 128 of A-Z a-z 0-9 . _ -",
  type: String,
  nullable: true,
  default: null,
  example: 'acme',
};
const NAME = { description: 'Name for people, 1 to 256 characters', minLength: 1, maxLength: 256, example: 'Acme' };
const METADATA = {
  description: "The tenant's own members, at most 4 KiB as JSON",
  type: Object,
  nullable: true,
  default: {},
  example: { plan: 'gold' },
};

class MetadataField {
  @ApiProperty({ ...METADATA, required: false })
  @IsOptional()
  @Follows(metadata)
  metadata?: Record<string, unknown> | null;
}

/** POST /v1/subscribers */
export class CreateSubscriberDto extends MetadataField {
  @ApiProperty({ ...UID, required: false })
  @IsOptional()
  @Follows(uid)
  uid?: string | null;

  @ApiProperty(NAME)
  @IsDefined()
  @IsString()
  @MinLength(1)
  @MaxLength(256)
  name!: string;
}

/** PUT /v1/subscribers/{idOrUid}: what is absent gets its default. */
export class PutSubscriberDto extends MetadataField {
  @ApiProperty({ ...NAME, required: false, default: 'the uid' })
  @IfPresent()
  @IsString()
  @MinLength(1)
  @MaxLength(256)
  name?: string;
}

/** PATCH /v1/subscribers/{idOrUid}: what is absent stays. */
export class PatchSubscriberDto extends MetadataField {
  @ApiProperty({ ...UID, required: false })
  @IsOptional()
  @Follows(uid)
  uid?: string | null;

  @ApiProperty({ ...NAME, required: false })
  @IfPresent()
  @IsString()
  @MinLength(1)
  @MaxLength(256)
  name?: string;
}
