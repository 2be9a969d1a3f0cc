<?php

declare(strict_types=1);

namespace Tests\Feature;

use App\Jobs\RecordSighting;
use Illuminate\Foundation\Testing\RefreshDatabase;
use Illuminate\Support\Facades\Queue;
use Tests\TestCase;

final class HomeTest extends TestCase
{
    use RefreshDatabase;

    public function test_the_page_counts_visits_in_the_session(): void
    {
        $this->get('/')->assertOk()->assertSee('visit 1 of yours');
        $this->get('/')->assertOk()->assertSee('visit 2 of yours');
    }

    public function test_the_button_queues_a_job(): void
    {
        Queue::fake();

        $this->post('/jobs')->assertRedirect('/');

        Queue::assertPushed(RecordSighting::class);
    }

    public function test_the_scheduled_command_is_seen_on_the_page(): void
    {
        $this->artisan('app:record-schedule')->assertSuccessful();

        $this->get('/')->assertSee('last run');
    }

    public function test_the_load_balancer_gets_its_answer(): void
    {
        $this->get('/up')->assertOk();
    }
}
