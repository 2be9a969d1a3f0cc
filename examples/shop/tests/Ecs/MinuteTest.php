<?php

declare(strict_types=1);

namespace Tests\Ecs;

use App\Ecs\Scheduling\Minute;
use InvalidArgumentException;
use PHPUnit\Framework\Attributes\TestWith;
use PHPUnit\Framework\TestCase;

final class MinuteTest extends TestCase
{
    public function test_it_is_the_event_s_minute_whatever_the_clock_says(): void
    {
        $minute = Minute::of('2026-11-24T19:31:42Z');

        $this->assertSame('2026-11-24T19:31Z', (string) $minute);
        $this->assertSame('2026-11-24T19:31:00+00:00', $minute->start()->utc()->toIso8601String());
        $this->assertGreaterThan(0, $minute->age());
    }

    public function test_its_time_is_in_the_application_s_time_zone(): void
    {
        $before = date_default_timezone_get();
        date_default_timezone_set('Europe/Berlin');
        try {
            $this->assertSame('2026-03-29T03:00:00+02:00', Minute::of('2026-03-29T01:00:00Z')->start()->toIso8601String());
        } finally {
            date_default_timezone_set($before);
        }
    }

    public function test_without_an_event_it_is_now(): void
    {
        $this->assertLessThan(61, Minute::of('')->age());
    }

    #[TestWith(['tomorrow'])]
    #[TestWith(['2026-11-24 19:31:00'])]
    #[TestWith(['2026-11-24T19:31:00+01:00'])]
    #[TestWith(['2026-13-41T25:61:00Z'])]
    #[TestWith(["2026-11-24T19:31:00Z\n"])]
    public function test_what_is_no_time_is_refused(string $time): void
    {
        $this->expectException(InvalidArgumentException::class);
        $this->expectExceptionMessage('SCHEDULE_TIME must be a time such as 2026-11-24T19:31:00Z');

        Minute::of($time);
    }

    public function test_a_time_to_come_is_refused(): void
    {
        $this->expectExceptionMessage('which has not come yet');

        Minute::of(gmdate('Y-m-d\TH:i:s\Z', time() + 3600));
    }
}
