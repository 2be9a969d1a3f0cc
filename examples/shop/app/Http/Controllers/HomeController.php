<?php

declare(strict_types=1);

namespace App\Http\Controllers;

use App\Jobs\RecordSighting;
use App\Models\Sighting;
use Illuminate\Http\RedirectResponse;
use Illuminate\Http\Request;
use Illuminate\View\View;

/**
 * One page that shows every mode of the image at work.
 */
final class HomeController
{
    public function show(Request $request): View
    {
        return view('home', [
            'visits' => $request->session()->increment('visits'),
            'queue' => Sighting::latestOf('queue'),
            'schedule' => Sighting::latestOf('schedule'),
        ]);
    }

    public function queue(): RedirectResponse
    {
        RecordSighting::dispatch();

        return redirect()->route('home');
    }
}
