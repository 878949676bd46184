import { Controller, Get, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import { Allow, ListQuery, PageOf } from '#http-kit';
import type { AnsweredPage } from '#http-kit';
import { CurrentCaller } from '../auth/caller.js';
import type { Caller } from '../auth/caller.js';
import { MANAGERS, READERS } from '../auth/roles.js';
import { EmptyBody } from '../empty-body.guard.js';
import { Operation, PostOperation } from '../openapi/operation.decorator.js';
import { AttemptDto } from './dto/attempt.dto.js';
import { DeliveryDto, ResentDto } from './dto/delivery.dto.js';
import { ListDeliveriesQuery } from './dto/list-deliveries.query.js';
import { DeliveriesService } from './deliveries.service.js';

const DELIVERY = { name: 'id', description: "The delivery's id", example: 'dlv_01kavs0g3he0k8b5xhgm3nq4t2' };
const LIST_PROBLEMS = ['validation_failed', 'cursor_invalid', 'cursor_mismatch'] as const;

@ApiTags('deliveries')
@Controller('v1/deliveries')
export class DeliveriesController {
  constructor(private readonly deliveries: DeliveriesService) {}

  @Get()
  @Allow(...READERS)
  @Operation({ id: 'listDeliveries', summary: 'List deliveries', answer: PageOf(DeliveryDto), problems: LIST_PROBLEMS })
  list(@CurrentCaller() caller: Caller, @Query() query: ListDeliveriesQuery): Promise<AnsweredPage<DeliveryDto>> {
    return this.deliveries.list(caller, query);
  }

  @Get(':id')
  @Allow(...READERS)
  @ApiParam(DELIVERY)
  @Operation({ id: 'getDelivery', summary: 'Read a delivery', answer: DeliveryDto, problems: ['not_found'] })
  get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<DeliveryDto> {
    return this.deliveries.get(caller, id);
  }

  @Get(':id/attempts')
  @Allow(...READERS)
  @ApiParam(DELIVERY)
  @Operation({
    id: 'listAttempts',
    summary: "List a delivery's attempts",
    answer: PageOf(AttemptDto),
    problems: ['not_found', ...LIST_PROBLEMS],
  })
  attempts(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() query: ListQuery,
  ): Promise<AnsweredPage<AttemptDto>> {
    return this.deliveries.attempts(caller, id, query);
  }

  @Post(':id/resend')
  @UseGuards(EmptyBody)
  @Allow(...MANAGERS)
  @ApiParam(DELIVERY)
  @PostOperation({
    id: 'resendDelivery',
    summary: 'Send it again',
    description:
      'A settled delivery gets a successor with a full retry policy; a pending one is tried now and goes on with its schedule.',
    status: 202,
    answer: ResentDto,
    problems: ['not_found', 'payload_expired', 'validation_failed'],
  })
  resend(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<ResentDto> {
    return this.deliveries.resend(caller, id);
  }

  @Post(':id/cancel')
  @UseGuards(EmptyBody)
  @Allow(...MANAGERS)
  @ApiParam(DELIVERY)
  @PostOperation({
    id: 'cancelDelivery',
    summary: 'Cancel a pending delivery; what is in flight finishes',
    answer: DeliveryDto,
    problems: ['not_found', 'delivery_not_pending', 'validation_failed'],
  })
  cancel(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<DeliveryDto> {
    return this.deliveries.cancel(caller, id);
  }
}
