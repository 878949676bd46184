import { ApiProperty } from '@nestjs/swagger';
import { KeyDto } from './key.dto.js';

/** The key a request was sent with. */
export class MeDto extends KeyDto {
  @ApiProperty({ description: 'The tenant it belongs to', example: 'ten_01kavs0g3he0k8b5xhgm3nq4t2' })
  tenantId!: string;

  @ApiProperty({ description: "The tenant's name", example: 'Example Shop' })
  tenantName!: string;
}
