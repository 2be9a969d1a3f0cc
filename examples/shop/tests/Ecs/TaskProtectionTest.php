<?php

declare(strict_types=1);

namespace Tests\Ecs;

use App\Ecs\Queue\AgentEndpoint;
use App\Ecs\Queue\ProtectedWorker;
use App\Ecs\Queue\ReleaseMark;
use App\Ecs\Queue\TaskProtection;
use Illuminate\Contracts\Queue\Job;
use Illuminate\Contracts\Redis\Factory;
use Illuminate\Events\Dispatcher;
use Illuminate\Queue\Events\JobProcessing;
use Illuminate\Queue\Events\Looping;
use Illuminate\Queue\Events\WorkerStopping;
use Illuminate\Queue\Jobs\SyncJob;
use Illuminate\Support\Carbon;
use Mockery;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;
use Psr\Log\AbstractLogger;
use RuntimeException;
use Stringable;

/**
 * What a worker asks of ECS's agent, which a small server plays.
 */
final class TaskProtectionTest extends TestCase
{
    private const RELEASE = 'registry/shop@sha256:ours';

    private string $folder;

    /** @var resource */
    private mixed $server;

    private Dispatcher $events;

    /** What is marked in Valkey. */
    private string|false|RuntimeException $marked = false;

    /** @var list<string> */
    private array $log = [];

    protected function setUp(): void
    {
        $this->folder = sys_get_temp_dir().'/agent-'.bin2hex(random_bytes(4));
        mkdir($this->folder);
        $this->agent('works');
        $_SERVER['ECS_AGENT_URI'] = 'http://'.$this->start().'/api/task-id';
        $_SERVER['RELEASE'] = self::RELEASE;
        $_SERVER['QUEUE_TIMEOUT'] = '600';
        Carbon::setTestNow('2026-11-24 10:00:00');
        $this->events = $this->worker();
    }

    protected function tearDown(): void
    {
        proc_terminate($this->server, 9);
        proc_close($this->server);
        array_map(unlink(...), glob("$this->folder/*"));
        rmdir($this->folder);
        unset($_SERVER['ECS_AGENT_URI'], $_SERVER['RELEASE'], $_SERVER['QUEUE_TIMEOUT']);
        Carbon::setTestNow();
        Mockery::close();
    }

    public function test_protection_is_taken_before_the_first_job_and_outlasts_it(): void
    {
        $this->runJob();

        $this->assertSame([['PUT', '/api/task-id/task-protection/v1/state', ['ProtectionEnabled' => true, 'ExpiresInMinutes' => 71]]], $this->requests());
    }

    public function test_it_is_held_across_jobs(): void
    {
        for ($job = 0; $job < 50; $job++) {
            $this->runJob();
            $this->assertNull($this->loop());
            Carbon::setTestNow(Carbon::now()->addMinute());
        }

        $this->assertSame([71], array_column(array_column($this->requests(), 2), 'ExpiresInMinutes'));
    }

    public function test_it_is_renewed_before_a_job_that_would_outlast_it(): void
    {
        $this->runJob();
        Carbon::setTestNow(Carbon::now()->addMinutes(59));
        $this->runJob();
        $this->assertCount(1, $this->requests());

        Carbon::setTestNow(Carbon::now()->addMinutes(2));
        $this->runJob();
        $this->assertCount(2, $this->requests());

        $this->runJob(timeout: 3 * 3600);
        $this->assertSame(241, $this->requests()[2][2]['ExpiresInMinutes']);
    }

    public function test_a_job_without_a_timeout_asks_for_what_ecs_allows_and_not_each_time(): void
    {
        $this->runJob(timeout: 0);
        $this->runJob(timeout: 0);

        $this->assertSame([2880], array_column(array_column($this->requests(), 2), 'ExpiresInMinutes'));
    }

    public function test_a_job_within_a_job_asks_for_nothing(): void
    {
        $this->events->dispatch(new JobProcessing('sync', Mockery::mock(SyncJob::class)));

        $this->assertSame([], $this->requests());
    }

    public function test_it_is_given_back_after_a_minute_without_a_job(): void
    {
        $this->runJob();
        foreach (range(0, 120, 3) as $seconds) {
            $this->loop();
            $this->assertCount($seconds < 60 ? 1 : 2, $this->requests());
            Carbon::setTestNow(Carbon::now()->addSeconds(3));
        }

        $this->assertSame(['ProtectionEnabled' => false], $this->requests()[1][2]);

        $this->runJob();
        $this->assertTrue($this->requests()[2][2]['ProtectionEnabled']);
    }

    public function test_what_a_process_before_this_one_took_is_given_back(): void
    {
        $this->loop();
        Carbon::setTestNow(Carbon::now()->addMinute());
        $this->loop();

        $this->assertSame([['ProtectionEnabled' => false]], array_column($this->requests(), 2));
    }

    public function test_it_is_given_back_when_the_worker_ends(): void
    {
        $this->runJob();
        $this->events->dispatch(new WorkerStopping);

        $this->assertSame([true, false], array_column(array_column($this->requests(), 2), 'ProtectionEnabled'));
    }

    public function test_a_busy_worker_makes_way_for_another_release(): void
    {
        $this->runJob();
        $this->assertNull($this->loop());

        $this->marked = 'registry/shop@sha256:newer';
        Carbon::setTestNow(Carbon::now()->addSeconds(5));
        $this->assertFalse($this->loop(), 'it takes no new job');
        $this->assertFalse($this->loop());
        $this->assertSame([true, false], array_column(array_column($this->requests(), 2), 'ProtectionEnabled'));

        $this->marked = false;
        Carbon::setTestNow(Carbon::now()->addSeconds(5));
        $this->assertNull($this->loop(), 'a release that failed is forgotten');
    }

    public function test_its_own_release_is_no_other(): void
    {
        $this->marked = self::RELEASE;

        $this->assertNull($this->loop());
    }

    public function test_without_valkey_it_goes_on(): void
    {
        $this->marked = new RuntimeException('gone');

        $this->assertNull($this->loop());
    }

    #[DataProvider('failures')]
    public function test_whatever_the_agent_does_the_job_goes_on(string $behaviour): void
    {
        $this->agent($behaviour);
        $began = hrtime(true);
        for ($job = 0; $job < 3; $job++) {
            $this->runJob();
            $this->loop();
        }

        $this->assertLessThan(5, (hrtime(true) - $began) / 1e9);
        $this->assertCount(1, $this->log, 'and the log is not flooded');
        $this->assertStringContainsString('protection could not be changed', $this->log[0]);

        $this->agent('works');
        Carbon::setTestNow(Carbon::now()->addSeconds(10));
        $this->runJob();
        $this->assertTrue(last($this->requests())[2]['ProtectionEnabled'], 'and it is asked again');
    }

    /** @return list<array{string}> */
    public static function failures(): array
    {
        return [['refuses'], ['breaks'], ['sleeps']];
    }

    public function test_an_agent_that_is_not_there_fails_no_job(): void
    {
        $_SERVER['ECS_AGENT_URI'] = 'http://127.0.0.1:1';
        foreach (range(1, 9) as $ignored) {
            $this->runJob();
            Carbon::setTestNow(Carbon::now()->addSeconds(11));
        }

        $this->assertCount(2, $this->log, 'one line a minute');
    }

    private function runJob(?int $timeout = null): void
    {
        $job = Mockery::mock(Job::class);
        $job->allows('timeout')->andReturn($timeout);
        $this->events->dispatch(new JobProcessing('redis', $job));
    }

    private function loop(): mixed
    {
        return $this->events->until(new Looping('redis', 'default'));
    }

    private function worker(): Dispatcher
    {
        $redis = Mockery::mock(Factory::class);
        $redis->allows('connection->command')->andReturnUsing(
            fn () => $this->marked instanceof RuntimeException ? throw $this->marked : $this->marked,
        );
        $log = new class($this->log) extends AbstractLogger
        {
            /** @param  list<string>  $lines */
            public function __construct(private array &$lines) {}

            public function log(mixed $level, string|Stringable $message, array $context = []): void
            {
                $this->lines[] = (string) $message;
            }
        };
        $events = new Dispatcher;
        $events->subscribe(new ProtectedWorker(new TaskProtection(new AgentEndpoint, $log), new ReleaseMark($redis)));

        return $events;
    }

    private function agent(string $behaviour): void
    {
        file_put_contents("$this->folder/behaviour", $behaviour);
    }

    /** @return list<array{string, string, array<string, mixed>}> */
    private function requests(): array
    {
        $lines = is_file("$this->folder/requests") ? file("$this->folder/requests") : [];

        return array_map(static fn (string $line): array => json_decode($line, true), $lines);
    }

    /** Start the server; return its address. */
    private function start(): string
    {
        $address = stream_socket_get_name($free = stream_socket_server('tcp://127.0.0.1:0'), false);
        fclose($free);
        $environment = ['AGENT' => $this->folder, 'PHP_CLI_SERVER_WORKERS' => '4'] + getenv();
        $this->server = proc_open([PHP_BINARY, '-S', $address, __DIR__.'/agent.php'], [2 => ['file', '/dev/null', 'w']], $pipes, null, $environment);
        for ($tries = 0; $tries < 100 && ! @stream_socket_client("tcp://$address"); $tries++) {
            usleep(50_000);
        }

        return $address;
    }
}
