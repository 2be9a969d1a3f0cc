<?php

declare(strict_types=1);

namespace Tests\Ecs;

use App\Ecs\Queue\WorkerSettings;
use Illuminate\Config\Repository;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class WorkerSettingsTest extends TestCase
{
    private const READ = ['ECS_AGENT_URI', 'QUEUE_MEMORY', 'QUEUE_TIMEOUT', 'STOP_TIMEOUT'];

    private const AGENT = ['ECS_AGENT_URI' => 'http://169.254.170.2/api/x'];

    /** @var array<string, mixed> */
    private array $before;

    protected function setUp(): void
    {
        $this->before = $_SERVER;
        $_SERVER = array_diff_key($_SERVER, array_flip(self::READ));
    }

    protected function tearDown(): void
    {
        $_SERVER = $this->before;
    }

    /**
     * @param  array<string, string>  $environment
     * @param  array<string, mixed>  $connection
     */
    #[DataProvider('settings')]
    public function test_what_does_not_fit_is_told(array $environment, array $connection, ?string $says): void
    {
        $_SERVER = $environment + $_SERVER;
        $config = new Repository(['queue' => ['default' => 'jobs', 'connections' => ['jobs' => $connection]]]);

        $problem = WorkerSettings::problem($config);

        $says === null ? $this->assertNull($problem) : $this->assertStringContainsString($says, (string) $problem);
    }

    /** @return array<string, array{array<string, string>, array<string, mixed>, ?string}> */
    public static function settings(): array
    {
        return [
            'a laptop' => [['QUEUE_TIMEOUT' => '600'], ['retry_after' => 630], null],
            'a job given out while it runs' => [['QUEUE_TIMEOUT' => '90'], ['retry_after' => 90], 'QUEUE_TIMEOUT must be less'],
            'just before' => [['QUEUE_TIMEOUT' => '90'], ['retry_after' => 91], null],
            'never given out again' => [['QUEUE_TIMEOUT' => '90'], ['retry_after' => null], null],
            'SQS' => [['QUEUE_TIMEOUT' => '90'], ['driver' => 'sqs'], null],
            'a stop that waits' => [['QUEUE_TIMEOUT' => '110', 'STOP_TIMEOUT' => '120'], [], null],
            'a stop that does not' => [['QUEUE_TIMEOUT' => '111', 'STOP_TIMEOUT' => '120'], [], 'must be 110 or less'],
            'a stop held back' => [['QUEUE_TIMEOUT' => '111', 'STOP_TIMEOUT' => '120'] + self::AGENT, [], null],
            'too much memory' => [['QUEUE_MEMORY' => '99999'], [], self::limit() > 0 ? 'QUEUE_MEMORY must be less' : null],
            'memory' => [['QUEUE_MEMORY' => '1'], [], null],
        ];
    }

    private static function limit(): int
    {
        return ini_parse_quantity((string) ini_get('memory_limit'));
    }
}
