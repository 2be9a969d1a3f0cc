<?php

declare(strict_types=1);

namespace App\Ecs\Health;

use Illuminate\Contracts\Foundation\MaintenanceMode;

/**
 * During maintenance a worker's loop turns without an event to tell of it; but each turn begins with the
 * question whether there is maintenance, and that is its sign of life.
 */
final class PulsingMaintenanceMode implements MaintenanceMode
{
    public function __construct(private readonly MaintenanceMode $mode, private readonly Deadline $deadline) {}

    public function active(): bool
    {
        // A job may ask, too, so the deadline is only put off: its own may be later.
        $this->deadline->extend(WorkerPulse::turn());

        return $this->mode->active();
    }

    public function activate(array $payload): void
    {
        $this->mode->activate($payload);
    }

    public function deactivate(): void
    {
        $this->mode->deactivate();
    }

    public function data(): array
    {
        return $this->mode->data();
    }
}
