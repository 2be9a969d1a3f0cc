<?php

declare(strict_types=1);

namespace Tests\Ecs;

use App\Ecs\Logging\JsonFormatter;
use DateTimeImmutable;
use Monolog\Level;
use Monolog\LogRecord;
use PHPUnit\Framework\TestCase;
use RuntimeException;

final class JsonFormatterTest extends TestCase
{
    public function test_a_record_is_one_line_with_the_fields_of_every_line(): void
    {
        $line = $this->format('Paid', ['order' => 7]);

        $this->assertSame(1, substr_count($line, "\n"));
        $this->assertSame(
            ['time' => '2026-11-23T10:00:00.000+00:00', 'level' => 'warning', 'message' => 'Paid', 'workload' => 'unknown',
                'channel' => 'test', 'context' => ['order' => 7]],
            json_decode($line, true),
        );
    }

    public function test_an_exception_keeps_its_trace(): void
    {
        $exception = json_decode($this->format('Broken', ['exception' => new RuntimeException('no')]), true)['context']['exception'];

        $this->assertSame('no', $exception['message']);
        $this->assertNotEmpty($exception['trace']);
    }

    public function test_broken_text_is_still_json(): void
    {
        $this->assertNotNull(json_decode($this->format("\xB1\x31 \n\t\"", [])));
    }

    /** @param  array<string, mixed>  $context */
    private function format(string $message, array $context): string
    {
        $time = new DateTimeImmutable('2026-11-23 10:00:00 UTC');

        return (new JsonFormatter)->format(new LogRecord($time, 'test', Level::Warning, $message, $context));
    }
}
