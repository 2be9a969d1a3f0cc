<?php

declare(strict_types=1);

namespace Tests\Ecs;

use App\Ecs\Health\Deadline;
use App\Ecs\Health\PulsingMaintenanceMode;
use App\Ecs\Health\WorkerPulse;
use Illuminate\Contracts\Foundation\MaintenanceMode;
use Illuminate\Contracts\Queue\Job;
use Illuminate\Events\Dispatcher;
use Illuminate\Queue\Events\JobProcessing;
use Illuminate\Queue\Events\Looping;
use Illuminate\Queue\Jobs\SyncJob;
use Mockery;
use PHPUnit\Framework\TestCase;

final class WorkerPulseTest extends TestCase
{
    private string $file;

    private Deadline $deadline;

    private Dispatcher $events;

    protected function setUp(): void
    {
        $_SERVER['QUEUE_SLEEP'] = '3';
        $_SERVER['QUEUE_TIMEOUT'] = '90';
        $this->file = sys_get_temp_dir().'/deadline-'.bin2hex(random_bytes(4));
        $this->deadline = new Deadline($this->file);
        $this->events = new Dispatcher;
        $this->events->subscribe(new WorkerPulse($this->deadline));
    }

    protected function tearDown(): void
    {
        @unlink($this->file);
        unset($_SERVER['QUEUE_SLEEP'], $_SERVER['QUEUE_TIMEOUT']);
        Mockery::close();
    }

    public function test_a_turn_of_the_loop_has_its_sleep_and_a_minute(): void
    {
        $this->assertNull($this->events->until(new Looping('redis', 'default')), 'and the worker may go on');

        $this->assertDeadline(63);
    }

    public function test_a_job_has_its_timeout_and_a_minute(): void
    {
        $this->start(null);
        $this->assertDeadline(150);
        $this->start(1000);
        $this->assertDeadline(1060);
    }

    public function test_the_loop_after_a_long_job_has_a_minute_again(): void
    {
        $this->start(1000);
        $this->events->until(new Looping('redis', 'default'));

        $this->assertDeadline(63);
    }

    public function test_a_job_within_a_job_changes_nothing(): void
    {
        $this->start(1000);
        $this->events->dispatch(new JobProcessing('sync', Mockery::mock(SyncJob::class)));

        $this->assertDeadline(1060);
    }

    public function test_during_maintenance_it_lives_on(): void
    {
        $mode = new PulsingMaintenanceMode(Mockery::mock(MaintenanceMode::class, ['active' => true]), $this->deadline);

        $this->assertTrue($mode->active());
        $this->assertDeadline(63);

        $this->start(1000);
        $mode->active();
        $this->assertDeadline(1060);
    }

    private function start(?int $timeout): void
    {
        $this->events->dispatch(new JobProcessing('redis', Mockery::mock(Job::class, ['timeout' => $timeout])));
    }

    private function assertDeadline(int $seconds): void
    {
        clearstatcache();
        $this->assertEqualsWithDelta($seconds, filemtime($this->file) - time(), 2);
    }
}
