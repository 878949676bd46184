import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';

export class ResumeEndpointDto {
  @ApiProperty({
    required: false,
    nullable: true,
    type: String,
    description: 'What becomes of what was collected',
    enum: ['deliver', 'cancel'],
    default: 'deliver',
    example: 'deliver',
  })
  @IsOptional()
  @IsIn(['deliver', 'cancel'])
  pending?: 'deliver' | 'cancel' | null;
}
