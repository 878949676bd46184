import { ApiProperty } from '@nestjs/swagger';
import { PROBLEMS } from '#core';

export class FieldErrorDto {
  @ApiProperty({
    description: 'JSON pointer (RFC 6901) to the wrong field of the body; of a query, a slash and the parameter',
    example: '/events/17/type',
  })
  pointer!: string;

  @ApiProperty({ description: 'Stable code of what is wrong with the field', example: 'event_type_invalid' })
  code!: string;

  @ApiProperty({ description: 'What is wrong, for a person', example: 'only letters, digits, _ and - between dots' })
  detail!: string;
}

/** The answer to every request that failed (RFC 9457). */
export class ProblemDto {
  @ApiProperty({
    description: 'Where the code is explained, relative to the documentation',
    example: '/docs/errors#validation_failed',
  })
  type!: string;

  @ApiProperty({ description: 'The code in words', example: 'The request is not valid' })
  title!: string;

  @ApiProperty({ description: 'The HTTP status', type: 'integer', example: 422 })
  status!: number;

  @ApiProperty({
    description: 'Stable code to branch on',
    type: String,
    enum: Object.keys(PROBLEMS),
    example: 'validation_failed',
  })
  code!: string;

  @ApiProperty({
    description: 'What is wrong with this request',
    type: String,
    nullable: true,
    example: '1 field is wrong',
  })
  detail!: string | null;

  @ApiProperty({
    description: 'Names this request in our logs; also the header x-request-id',
    example: 'req_01kavs0g3he0k8b5xhgm3nq4t2',
  })
  requestId!: string;

  @ApiProperty({
    description: 'Every wrong field; empty when the problem is not about fields',
    type: [FieldErrorDto],
    example: [{ pointer: '/url', code: 'required', detail: 'is required' }],
  })
  errors!: FieldErrorDto[];
}
