import { ApiProperty } from '@nestjs/swagger';
import { IsDefined, IsNumber, Max, Min } from 'class-validator';

export class RateLimitDto {
  @ApiProperty({ description: 'Most requests a second', minimum: 0.01, maximum: 10000, example: 50 })
  @IsDefined()
  @IsNumber()
  @Min(0.01)
  @Max(10_000)
  perSecond!: number;
}
