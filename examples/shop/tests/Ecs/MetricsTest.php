<?php

declare(strict_types=1);

namespace Tests\Ecs;

use App\Ecs\Logging\Metrics;
use App\Ecs\Logging\WholeLines;
use PHPUnit\Framework\TestCase;
use Symfony\Component\Console\Output\StreamOutput;

final class MetricsTest extends TestCase
{
    /** @var resource */
    private mixed $file;

    protected function setUp(): void
    {
        $this->file = tmpfile();
    }

    public function test_a_metric_is_one_line_that_cloudwatch_reads(): void
    {
        $line = Metrics::line('shop-production', 'queue', ['Backlog' => [7, 'Count']]);

        $this->assertSame(1, substr_count($line, "\n"));
        $metric = json_decode($line, true);
        $this->assertSame([7, 'queue', 'info', 'queue: Backlog=7'], [$metric['Backlog'], $metric['ServiceName'], $metric['level'], $metric['message']]);
        $this->assertSame(
            [['Namespace' => 'shop-production', 'Dimensions' => [['ServiceName']], 'Metrics' => [['Name' => 'Backlog', 'Unit' => 'Count']]]],
            $metric['_aws']['CloudWatchMetrics'],
        );
    }

    public function test_a_line_is_written_when_it_is_complete(): void
    {
        $output = WholeLines::of(new StreamOutput($this->file));

        $output->write('Running ');
        $this->assertSame('', $this->written());
        $output->write("... DONE\nand ");
        $this->assertSame("Running ... DONE\n", $this->written());
        $output->writeln('more');
        $this->assertSame("Running ... DONE\nand more\n", $this->written());
    }

    private function written(): string
    {
        rewind($this->file);

        return (string) stream_get_contents($this->file);
    }
}
